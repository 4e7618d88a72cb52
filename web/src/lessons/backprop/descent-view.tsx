import type { Device } from 'feathergrad';
import type { Texts } from '../../text/en.ts';
import { fill, type Language, numbersIn } from '../../text/fill.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { descend, STEPS } from './descent.ts';

const WIDTH = 480;
const HEIGHT = 160;

/** w during gradient descent, with the slopes added or replaced. */
export function DescentView(props: {
  device: Device;
  broken: boolean;
  text: Texts['backprop']['breakIt'];
  language: Language;
}) {
  const { device, broken, text, language } = props;
  const { value, trouble } = useLatest(String(broken), async () => ({
    ...(await descend(device, !broken)),
    broken,
  }));
  if (!value) return <Trouble text={trouble} />;
  const { path, loss } = value;
  const across = (i: number) => 30 + (i / (STEPS - 1)) * (WIDTH - 40);
  const down = (w: number) => HEIGHT - 20 - (w / 1.2) * (HEIGHT - 30);
  const round = (number: number) => Number(number.toFixed(2));
  return (
    <div class="stack">
      <svg class="plot-drawing" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={text.caption}>
        {[0, 0.5, 1].map((w) => (
          <g key={w}>
            <line class="grid" x1="30" x2={WIDTH - 10} y1={down(w)} y2={down(w)} />
            <text x="24" y={down(w) + 4} text-anchor="end">
              {numbersIn(language).format(w)}
            </text>
          </g>
        ))}
        <polyline class="curve hard-swish" points={path.map((w, i) => `${across(i)},${down(w)}`).join(' ')} />
      </svg>
      <p role="status" data-testid="descent">
        {fill(
          value.broken ? text.wrong : text.right,
          { steps: STEPS, w: round(path.at(-1) as number), loss: round(loss) },
          language,
        )}
      </p>
      <Trouble text={trouble} />
    </div>
  );
}
