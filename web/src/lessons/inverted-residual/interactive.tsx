import type { Device } from 'feathergrad';
import type { Texts } from '../../text/en.ts';
import { fill, type Language, percentIn } from '../../text/fill.ts';
import { Choice } from '../../ui/pieces.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { Scatter } from './scatter.tsx';
import { ACTIVATIONS, type Activation, spiral, throughBlock } from './spiral.ts';

const WIDTHS = [2, 3, 5, 8, 12, 20, 30];
const ORIGINAL = spiral();

export function Interactive(props: {
  device: Device;
  text: Texts['invertedResidual']['figure'];
  language: Language;
}) {
  const { device, text, language } = props;
  const [wanted, setWidth] = useUrlState('n', 2, [2, 30]);
  const [activation, setActivation] = useUrlState<Activation>('act', 'relu', ACTIVATIONS);
  const [seed, setSeed] = useUrlState('seed', 1, [1, 1000]);
  const n = WIDTHS.find((one) => one >= wanted) ?? 30;
  const { value, trouble } = useLatest(`${n} ${activation} ${seed}`, async () => ({
    ...(await throughBlock(device, n, activation, Math.round(seed))),
    n,
  }));
  const percent = (share: number) => percentIn(language, share, 1);
  return (
    <div class="two-sides">
      <div class="stack">
        <Slider label={text.width} value={n} steps={WIDTHS} onValue={setWidth} testId="width" />
        <Choice
          label={text.activation}
          value={activation}
          options={ACTIVATIONS.map((one) => [one, one === 'none' ? text.none : one] as const)}
          onChange={setActivation}
        />
        <div class="buttons">
          <button type="button" class="button" onClick={() => setSeed(Math.round(seed) + 1)}>
            {text.again}
          </button>
        </div>
      </div>
      <div class="stack seen">
        <Trouble text={trouble} />
        {value && (
          <>
            <div class="scatters">
              <Scatter points={ORIGINAL} label={text.before} />
              <Scatter points={value.points} label={fill(text.after, { n: value.n }, language)} />
            </div>
            <p role="status" data-testid="recovered">
              {fill(text.result, { dead: percent(value.dead), error: percent(value.error) }, language)}
            </p>
          </>
        )}
      </div>
    </div>
  );
}
