import { useDrag } from '../pieces/use-drag.ts';
import { HIGH, type Layer, LOW } from './activations.ts';
import type { Curve, Name } from './functions.ts';
import { NAMES } from './functions.ts';

export const WIDTH = 640;
const LEFT = 34;
const RIGHT = 8;

/** The x axis is the same in all three drawings, so that points above one another correspond. */
const across = (x: number) => LEFT + ((x - LOW) / (HIGH - LOW)) * (WIDTH - LEFT - RIGHT);

/** Curves of the three functions, or of their slopes, and the selected place. */
export function Plot(props: {
  title: string;
  xs: readonly number[];
  curves: Record<Name, Curve>;
  part: keyof Curve;
  range: readonly [number, number];
  ticks: readonly number[];
  at: { x: number; curves: Record<Name, Curve> | null };
  onX: (x: number) => void;
}) {
  const { xs, curves, part, range, ticks, at } = props;
  const height = part === 'values' ? 270 : 190;
  const down = (y: number) => height - 8 - ((y - range[0]) / (range[1] - range[0])) * (height - 26);
  const svg = useDrag<SVGSVGElement>(({ across: share }) => props.onX(xFrom(share)));
  return (
    <svg
      ref={svg}
      class="plot-drawing pulled"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={`${props.title} of relu6, swish and hard-swish`}
    >
      <Kinks height={height} />
      {ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={down(tick)} y2={down(tick)} />
          <text x={LEFT - 6} y={down(tick) + 4} text-anchor="end">
            {String(tick).replace('-', '−')}
          </text>
        </g>
      ))}
      {[...NAMES].reverse().map((name) => (
        <polyline
          key={name}
          class={`curve ${name}`}
          points={xs
            .map((x, i) => `${across(x).toFixed(1)},${down(curves[name][part][i] as number).toFixed(1)}`)
            .join(' ')}
        />
      ))}
      <line class="at" x1={across(at.x)} x2={across(at.x)} y1="0" y2={height} />
      {at.curves &&
        NAMES.map((name) => (
          <circle
            key={name}
            class={`dot ${name}`}
            cx={across(at.x)}
            cy={down(at.curves?.[name][part][0] as number)}
            r="5"
          />
        ))}
      <text x={LEFT + 6} y="14">
        {props.title}
      </text>
    </svg>
  );
}

/** Converts a fraction of the drawing's width to x. */
function xFrom(share: number): number {
  const x = LOW + ((share * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT)) * (HIGH - LOW);
  return Math.min(HIGH, Math.max(LOW, Math.round(100 * x) / 100));
}

function Kinks({ height }: { height: number }) {
  return (
    <>
      {[-3, 3].map((x) => (
        <line key={x} class="kink" x1={across(x)} x2={across(x)} y1="0" y2={height} />
      ))}
    </>
  );
}

/** The frequency of each x in the network, below the curves. */
export function Histogram({ layer, x }: { layer: Layer; x: number }) {
  const height = 150;
  const most = Math.max(...layer.shares);
  const step = (HIGH - LOW) / layer.shares.length;
  return (
    <svg
      class="plot-drawing"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={`Histogram of the inputs of hard-swish in ${layer.name}`}
      data-testid="histogram"
    >
      <Kinks height={height - 20} />
      {layer.shares.map((share, i) => {
        const left = LOW + i * step;
        const tall = (share / most) * (height - 34);
        return (
          <rect
            key={i}
            class={left < -3 ? 'bar flat' : left < 3 ? 'bar curved' : 'bar straight'}
            x={across(left) + 0.5}
            y={height - 20 - tall}
            width={across(left + step) - across(left) - 1}
            height={tall}
          />
        );
      })}
      <line class="at" x1={across(x)} x2={across(x)} y1="0" y2={height - 20} />
      {[-6, -3, 0, 3, 6].map((tick) => (
        <text key={tick} x={across(tick)} y={height - 4} text-anchor="middle">
          {String(tick).replace('-', '−')}
        </text>
      ))}
    </svg>
  );
}
