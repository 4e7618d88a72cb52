import { HeatPixels } from '../pieces/pixels.tsx';
import { useDrag } from '../pieces/use-drag.ts';
import { type Crossed, MAP } from './crossed-strips.ts';

/** One channel under a cross, with averages and maxima of its rows at the right and of its columns below. */
export function CrossView(props: {
  crossed: Crossed;
  column: number;
  row: number;
  onPlace: (column: number, row: number) => void;
}) {
  const { crossed, column, row, onPlace } = props;
  const hold = (share: number) => Math.min(MAP - 1, Math.max(0, Math.floor(share * MAP)));
  const map = useDrag<HTMLDivElement>(({ across, down }) => onPlace(hold(across), hold(down)));
  const { rowAt, columnAt } = crossed;
  const low = Math.min(...crossed.map);
  const span = Math.max(...crossed.map) - low || 1;
  const scaled = (values: Float32Array) => Array.from(values, (v) => (MAP * (v - low)) / span); // 0..MAP
  return (
    <div class="cross" data-testid="cross">
      <div class="cross-map" ref={map}>
        <HeatPixels values={crossed.map} height={MAP} width={MAP} label="One channel of the feature map" />
        <svg viewBox={`0 0 ${MAP} ${MAP}`} aria-hidden="true">
          <path class="cross-hair" d={`M0 ${row + 0.5}H${MAP}M${column + 0.5} 0V${MAP}`} />
          <circle cx={(rowAt[row] ?? 0) + 0.5} cy={row + 0.5} r="0.7" />
          <circle cx={column + 0.5} cy={(columnAt[column] ?? 0) + 0.5} r="0.7" />
        </svg>
      </div>
      <Profile
        average={scaled(crossed.rowAverage)}
        maximum={scaled(crossed.rowMaximum)}
        at={row}
        isRow
        label="Average and maximum of each row"
      />
      <Profile
        average={scaled(crossed.columnAverage)}
        maximum={scaled(crossed.columnMaximum)}
        at={column}
        isRow={false}
        label="Average and maximum of each column"
      />
    </div>
  );
}

function Profile(props: { average: number[]; maximum: number[]; at: number; isRow: boolean; label: string }) {
  const { average, maximum, at, isRow, label } = props;
  const points = (values: number[]) =>
    values.map((v, i) => (isRow ? `${v},${i + 0.5}` : `${i + 0.5},${v}`)).join(' ');
  return (
    <svg class="gate" viewBox={`0 0 ${MAP} ${MAP}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="cross-hair" d={isRow ? `M0 ${at + 0.5}H${MAP}` : `M${at + 0.5} 0V${MAP}`} />
      <polyline class="average" points={points(average)} />
      <polyline class="maximum" points={points(maximum)} />
    </svg>
  );
}
