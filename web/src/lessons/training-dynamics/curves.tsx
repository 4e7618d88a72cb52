import { GUESSING, type Point, STEPS } from './training.ts';
import { bestOf } from './verdict.ts';

const WIDTH = 560;
const HEIGHT = 280;
const EDGE = { left: 44, right: 12, top: 20, bottom: 36 };
const TOP = 2; // larger losses are cut off

/** Training and validation loss by step, with the point of early stopping. */
export function Curves({ points }: { points: readonly Point[] }) {
  const across = (step: number) => EDGE.left + (step / STEPS) * (WIDTH - EDGE.left - EDGE.right);
  const down = (loss: number) =>
    HEIGHT - EDGE.bottom - (Math.min(TOP, loss) / TOP) * (HEIGHT - EDGE.top - EDGE.bottom);
  const line = (loss: (point: Point) => number) =>
    points
      .filter((one) => Number.isFinite(loss(one)))
      .map((one) => `${across(one.step)},${down(loss(one))}`)
      .join(' ');
  const best = bestOf(points);
  return (
    <figure>
      <svg
        class="plot-drawing"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Training and validation loss by step. The validation loss is smallest at step ${best.step}.`}
      >
        {[0, 0.5, 1, 1.5, 2].map((loss) => (
          <g key={loss}>
            <line class="grid" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={down(loss)} y2={down(loss)} />
            <text x={EDGE.left - 6} y={down(loss) + 4} text-anchor="end">
              {loss}
            </text>
          </g>
        ))}
        {[0, 100, 200, 300].map((step) => (
          <text key={step} x={across(step)} y={HEIGHT - 18} text-anchor="middle">
            {step}
          </text>
        ))}
        <text x={WIDTH - EDGE.right} y={HEIGHT - 4} text-anchor="end">
          step
        </text>
        <text x="4" y="12">
          loss
        </text>
        <line class="kink" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={down(GUESSING)} y2={down(GUESSING)} />
        <line
          class="at"
          x1={across(best.step)}
          x2={across(best.step)}
          y1={EDGE.top}
          y2={HEIGHT - EDGE.bottom}
        />
        <text
          x={across(best.step) + (best.step > STEPS / 2 ? -6 : 6)}
          y={EDGE.top - 6}
          text-anchor={best.step > STEPS / 2 ? 'end' : 'start'}
        >
          early stopping
        </text>
        <polyline class="curve hard-swish" points={line((one) => one.trainLoss)} />
        <polyline class="curve swish" points={line((one) => one.validationLoss)} />
      </svg>
      <figcaption class="small">
        <span>
          <i class="key hard-swish" /> training loss
        </span>{' '}
        <span>
          <i class="key swish" /> validation loss
        </span>{' '}
        <span class="soft">dashed: the loss of a guess, 0.693; losses above {TOP} are cut off</span>
      </figcaption>
    </figure>
  );
}
