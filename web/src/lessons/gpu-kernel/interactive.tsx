import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { bytes, count, short } from '../../lib/format.ts';
import { Choice } from '../../ui/pieces.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { inTurn } from '../device.ts';
import { RooflinePlot } from '../pieces/roofline-plot.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useIsGone } from '../pieces/use-is-gone.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { measureRoofs } from './measure.ts';
import { timesOf } from './run.ts';
import { type Limits, type TileTimes, verdictOf } from './verdict.ts';
import { LAYERS, type Layer, TILES, tileOf, tileText, workOf } from './work.ts';

const CHANNELS = [16, 32, 64, 128];
const SIDES = { small: 'left', medium: 'right', large: undefined } as const;

interface Result {
  key: string;
  times: TileTimes;
  limits: Limits;
}

export function Interactive({ device }: { device: Device }) {
  const [name, setName] = useUrlState('layer', 'pointwise', LAYERS);
  const [side, setSide] = useUrlState('side', 28, [7, 56]);
  const [channels, setChannels] = useUrlState('channels', 64, [16, 128]);
  const layer: Layer = { name, side: Math.round(side), channels: 16 * Math.round(channels / 16) };
  const key = `${layer.name} ${layer.side} ${layer.channels}`;
  const { result, isMeasuring, trouble, measure } = useMeasurement(device, layer, key);
  const current = result?.key === key ? result : null;
  const { macs, bytes: moved } = workOf(layer, tileOf(name, 'small'));
  return (
    <div class="stack">
      <Choice
        label="Layer"
        value={name}
        options={LAYERS.map((one) => [one, one] as const)}
        onChange={setName}
      />
      <Slider
        label="Side"
        value={layer.side}
        min={7}
        max={56}
        step={7}
        show={(pixels) => `${pixels} pixels`}
        onValue={setSide}
      />
      <Slider label="Channels" value={layer.channels} steps={CHANNELS} onValue={setChannels} />
      <p data-testid="counts">
        {count(macs)} multiply-adds. Input, weights and output are {count(moved)} bytes, so there are{' '}
        <b>{short(macs / moved)} multiply-adds per byte</b>.
      </p>
      <ScrollBox label="Threads, loads and times by tile">
        <table class="costs">
          <thead>
            <tr>
              <th scope="col">tile of a thread</th>
              <th scope="col" class="number">
                threads
              </th>
              <th scope="col" class="number">
                workgroups
              </th>
              <th scope="col" class="number">
                loaded
              </th>
              <th scope="col" class="number">
                measured
              </th>
            </tr>
          </thead>
          <tbody>
            {TILES.map((tile) => {
              const work = workOf(layer, tileOf(name, tile));
              return (
                <tr key={tile}>
                  <th scope="row">
                    {tile}: {tileText(name, tile)}
                  </th>
                  <td class="number" data-testid={`threads-${tile}`}>
                    {count(work.threads)}
                  </td>
                  <td class="number">{count(work.workgroups)}</td>
                  <td class="number">{bytes(work.loaded).join(' ')}</td>
                  <td class="number" data-testid={`time-${tile}`}>
                    {current ? `${short(current.times[tile])} ms` : '–'}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollBox>
      <div class="buttons">
        <button
          type="button"
          class="button primary"
          disabled={isMeasuring}
          onClick={measure}
          data-testid="measure"
        >
          {isMeasuring ? 'Measuring …' : 'Measure on this device'}
        </button>
      </div>
      <Trouble text={trouble} />
      {current && (
        <RooflinePlot
          peak={current.limits.macsPerSecond}
          bandwidth={current.limits.bytesPerSecond}
          points={TILES.map((tile) => ({
            name: tile,
            intensity: macs / moved,
            rate: (1000 * macs) / current.times[tile],
            side: SIDES[tile],
          }))}
        />
      )}
      <p role="status" data-testid="verdict">
        {current
          ? verdictOf(layer, current.times, current.limits)
          : '“Loaded” counts the loads of all threads. Most of them are answered by caches, not by memory. The measurement takes some seconds.'}
      </p>
    </div>
  );
}

/** Measures when the button is pressed. A result belongs to the layer for which it was measured. */
function useMeasurement(device: Device, layer: Layer, key: string) {
  const [result, setResult] = useState<Result | null>(null);
  const [isMeasuring, setMeasuring] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const isGone = useIsGone();
  const measure = async () => {
    setMeasuring(true);
    setTrouble(null);
    try {
      const limits = await inTurn(() => measureRoofs(device, layer));
      if (isGone.current) return;
      const times = await inTurn(() => timesOf(device, layer));
      setResult({ key, times, limits });
    } catch (error) {
      setTrouble(messageOf(error));
    } finally {
      setMeasuring(false);
    }
  };
  return { result, isMeasuring, trouble, measure };
}
