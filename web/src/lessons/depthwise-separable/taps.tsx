import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { CHANNELS, SIDE, tapsOf } from './compute.ts';
import type { Kind } from './costs.ts';

const CELL = 13;
const GAP = 16;
const MAP = SIDE * CELL;
const WIDTH = 2 * MAP + GAP + 2;
const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

interface Place {
  row: number;
  column: number;
  channel: number;
}

/** Two stacks of maps. Pointing at a pixel of the output lights up the values that it was computed from. */
export function Taps({ device, kind, kernel }: { device: Device; kind: Kind; kernel: number }) {
  const [at, setAt] = useState<Place>({ row: 4, column: 4, channel: 1 });
  const taps = useLatest(`${kind} ${kernel} ${at.row} ${at.column} ${at.channel}`, () =>
    tapsOf(device, kind, kernel, at),
  );
  const lit = taps.value?.filter(Boolean).length ?? 0;
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const channel = Number(event.key) - 1;
    if (step) {
      event.preventDefault();
      const hold = (value: number) => Math.min(SIDE - 1, Math.max(0, value));
      setAt({ ...at, row: hold(at.row + step[0]), column: hold(at.column + step[1]) });
    } else if (channel >= 0 && channel < CHANNELS) setAt({ ...at, channel });
  };
  return (
    <div class="stack">
      <div class="tap-maps">
        <figure>
          <figcaption>Input, {CHANNELS} channels</figcaption>
          <Maps isOn={(place) => taps.value?.[indexOf(place)] ?? false} label={`Input: ${lit} taps lit`} />
        </figure>
        <figure>
          <figcaption>Output: point at a pixel</figcaption>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys do what the pointer does */}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
          <div tabIndex={0} onKeyDown={move} class="output-maps" data-testid="output-maps">
            <Maps
              isOn={(place) => indexOf(place) === indexOf(at)}
              label={`Output pixel at row ${at.row + 1}, column ${at.column + 1}, channel ${at.channel + 1}. Arrow keys move it, 1 to ${CHANNELS} choose the channel`}
              onPoint={setAt}
            />
          </div>
        </figure>
      </div>
      <p aria-live="polite">
        This output pixel is computed from <b data-testid="taps">{lit}</b> input values
        {kind === 'dense' && `: ${kernel} × ${kernel} pixels of every channel.`}
        {kind === 'depthwise' && `: ${kernel} × ${kernel} pixels of its own channel only.`}
        {kind === 'pointwise' && ': one pixel of every channel.'}{' '}
        <span class="soft">
          This is measured, not a drawing: a value is lit if the gradient of this output with respect to it is
          not zero.
        </span>
      </p>
      <Trouble text={taps.trouble} />
    </div>
  );
}

const indexOf = ({ row, column, channel }: Place) => (row * SIDE + column) * CHANNELS + channel;

const PLACES: readonly Place[] = Array.from({ length: SIDE * SIDE * CHANNELS }, (_, i) => ({
  row: Math.floor(i / CHANNELS / SIDE),
  column: Math.floor(i / CHANNELS) % SIDE,
  channel: i % CHANNELS,
}));

function Maps(props: { isOn: (place: Place) => boolean; label: string; onPoint?: (place: Place) => void }) {
  const { onPoint } = props;
  const point = (event: PointerEvent) => {
    const place = (event.target as Element).getAttribute('data-place');
    if (place !== null) onPoint?.(PLACES[Number(place)] as Place);
  };
  return (
    <svg
      viewBox={`-1 -1 ${WIDTH} ${WIDTH}`}
      role="img"
      aria-label={props.label}
      onPointerMove={onPoint && point}
      onPointerDown={onPoint && point}
    >
      {PLACES.map((place, i) => (
        <rect
          key={indexOf(place)}
          data-place={i}
          class={props.isOn(place) ? 'cell on' : 'cell'}
          x={(place.channel % 2) * (MAP + GAP) + place.column * CELL}
          y={Math.floor(place.channel / 2) * (MAP + GAP) + place.row * CELL}
          width={CELL}
          height={CELL}
        />
      ))}
    </svg>
  );
}
