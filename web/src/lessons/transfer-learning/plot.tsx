import { percent } from '../../lib/format.ts';
import { CLASSES } from './faces.ts';
import { STEPS } from './last-layer.ts';

const [WIDTH, HEIGHT] = [560, 260];
const EDGE = { left: 52, right: 108, top: 14, bottom: 40 };

/** Accuracy by step, one line per network, and a dashed line for guessing. */
export function Plot({ curves }: { curves: readonly { name: string; shares: readonly number[] }[] }) {
  const x = (step: number) => EDGE.left + (step / STEPS) * (WIDTH - EDGE.left - EDGE.right);
  const y = (share: number) => HEIGHT - EDGE.bottom - share * (HEIGHT - EDGE.top - EDGE.bottom);
  const last = (shares: readonly number[]) => shares.at(-1) ?? 0;
  const label = curves.map(({ name, shares }) => `${name} ${percent(last(shares))}`).join(', ');
  return (
    <svg
      class="roofline-small accuracy-plot"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Accuracy on other people after ${STEPS} steps: ${label}`}
    >
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line class="grid" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y(share)} y2={y(share)} />
          <text x={EDGE.left - 8} y={y(share) + 4} text-anchor="end">
            {100 * share} %
          </text>
        </g>
      ))}
      {[0, 10, 20, 30].map((step) => (
        <text key={step} x={x(step)} y={HEIGHT - EDGE.bottom + 18} text-anchor="middle">
          {step}
        </text>
      ))}
      <line
        class="guess"
        x1={EDGE.left}
        x2={WIDTH - EDGE.right}
        y1={y(1 / CLASSES.length)}
        y2={y(1 / CLASSES.length)}
      />
      <text x={x(STEPS / 2)} y={HEIGHT - 4} text-anchor="middle">
        steps
      </text>
      {curves.map(({ name, shares }, i) => (
        <g key={name} class={i === 0 ? 'first' : 'second'}>
          <path d={shares.map((share, step) => `${step === 0 ? 'M' : 'L'}${x(step)} ${y(share)}`).join('')} />
          <text class="name" x={WIDTH - EDGE.right + 8} y={y(last(shares)) + 4}>
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}
