import { SIDE } from '../pieces/face.ts';
import { HeatPixels, RgbPixels } from '../pieces/pixels.tsx';
import { useDrag } from '../pieces/use-drag.ts';
import { MIDDLE_WIDTH, type Seen } from './attention-pair.ts';
import { type Light, PLACES, RADIUS } from './light.ts';

/** The face, with the three stages of its rows at the right and of its columns below. */
export function StripsView(props: {
  seen: Seen;
  light: Light;
  onPlace: (column: number, row: number) => void;
}) {
  const { seen, light, onPlace } = props;
  const hold = (share: number) => Math.min(PLACES[1], Math.max(PLACES[0], Math.round(share * SIDE - 0.5)));
  const face = useDrag<HTMLDivElement>(({ across, down }) => onPlace(hold(across), hold(down)));
  const rows = seen.squeezed.subarray(0, SIDE * MIDDLE_WIDTH);
  const columns = transposed(seen.squeezed.subarray(SIDE * MIDDLE_WIDTH), SIDE, MIDDLE_WIDTH);
  return (
    <div class="strips" data-testid="strips">
      <div class="strips-face" ref={face} data-testid="lit-face">
        <RgbPixels values={seen.picture} height={SIDE} width={SIDE} label="The face and the bright patch" />
        <svg viewBox={`0 0 ${SIDE} ${SIDE}`} aria-hidden="true">
          <circle cx={light.column + 0.5} cy={light.row + 0.5} r={RADIUS + 1.5} />
        </svg>
      </div>
      <RgbPixels
        values={seen.strips.subarray(0, SIDE * 3)}
        height={SIDE}
        width={1}
        label="Strip of the rows: each row’s mean color"
      />
      <HeatPixels
        values={rows}
        height={SIDE}
        width={MIDDLE_WIDTH}
        range={[-0.4, 3]}
        label="Squeezed rows: eight numbers each"
      />
      <Gate values={seen.byRow} isRow label="Gate of each row, 0 to 1" />
      <RgbPixels
        values={seen.strips.subarray(SIDE * 3)}
        height={1}
        width={SIDE}
        label="Strip of the columns: each column’s mean color"
      />
      <b>1</b>
      <i />
      <i />
      <HeatPixels
        values={columns}
        height={MIDDLE_WIDTH}
        width={SIDE}
        range={[-0.4, 3]}
        label="Squeezed columns: eight numbers each"
      />
      <i />
      <b>2</b>
      <i />
      <Gate values={seen.byColumn} isRow={false} label="Gate of each column, 0 to 1" />
      <i />
      <i />
      <b>3</b>
    </div>
  );
}

const CHANNELS = ['red', 'green', 'blue'] as const;

/** The gates of each channel along the face, as lines from 0 to 1. */
function Gate({ values, isRow, label }: { values: Float32Array; isRow: boolean; label: string }) {
  const points = (channel: number) =>
    Array.from({ length: SIDE }, (_, i) => {
      const gate = SIDE * (values[3 * i + channel] as number);
      return isRow ? `${gate},${i + 0.5}` : `${i + 0.5},${gate}`;
    }).join(' ');
  return (
    <svg
      class="gate"
      viewBox={`0 0 ${SIDE} ${SIDE}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {CHANNELS.map((name, c) => (
        <polyline key={name} class={`channel ${name}`} points={points(c)} />
      ))}
    </svg>
  );
}

/** [rows, columns] to [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [column, row] = [Math.floor(i / rows), i % rows];
    return values[row * columns + column] as number;
  });
}
