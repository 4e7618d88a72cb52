import type { Device } from 'feathergrad';
import type { Texts } from '../../text/en.ts';
import { fill, type Language, numbersIn } from '../../text/fill.ts';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { evaluate, INPUTS, type Name, NODES, type Values } from './graph.ts';

const FORMULAS: Record<(typeof NODES)[number], string> = {
  p: 'p = w · x',
  z: 'z = p + b',
  a: 'a = hardswish(z)',
  e: 'e = a − t',
  L: 'L = ½ e²',
};
const STEPS = 2 * NODES.length;
/** Before the last backward step the inputs have no slopes. */
const RATE = 0.5;

export function Interactive(props: {
  device: Device;
  text: Texts['backprop']['figure'];
  language: Language;
}) {
  const { device, text, language } = props;
  const [w, setW] = useUrlState('w', 2, [-4, 4]);
  const [x, setX] = useUrlState('x', 1.5, [-4, 4]);
  const [b, setB] = useUrlState('b', -2, [-8, 8]);
  const [t, setT] = useUrlState('t', 1, [-4, 4]);
  const [step, setStep] = useUrlState('step', 5, [0, STEPS]);
  const { value, trouble } = useLatest(`${w} ${x} ${b} ${t}`, () => evaluate(device, { w, x, b, t }));
  const show = (number: number) =>
    numbersIn(language, { maximumFractionDigits: 3, signDisplay: 'negative' })
      .format(number)
      .replace('-', '−');
  const sliders = [
    ['w', w, setW, 4],
    ['x', x, setX, 4],
    ['b', b, setB, 8],
    ['t', t, setT, 4],
  ] as const;
  const at = Math.round(step);
  const position =
    at < NODES.length
      ? fill(text.forward, { step: at }, language)
      : at === NODES.length
        ? text.done
        : fill(text.back, { step: at - NODES.length }, language);
  return (
    <div class="two-sides">
      <div class="stack">
        {sliders.map(([name, now, set, reach]) => (
          <Slider
            key={name}
            label={name}
            value={now}
            min={-reach}
            max={reach}
            step={0.25}
            show={show}
            onValue={set}
            testId={`input-${name}`}
          />
        ))}
      </div>
      <div class="stack seen">
        <Slider
          label={text.step}
          value={at}
          min={0}
          max={STEPS}
          step={1}
          show={() => position}
          onValue={setStep}
          testId="position"
        />
        <Trouble text={trouble} />
        {value && <Tape {...value} at={at} text={text} show={show} />}
        {value && at >= STEPS && (
          <p role="status" data-testid="learns">
            {fill(
              text.learns,
              { from: show(value.values.w), to: show(value.values.w - RATE * value.slopes.w) },
              language,
            )}
          </p>
        )}
      </div>
    </div>
  );
}

function Tape(props: {
  values: Values;
  slopes: Values;
  at: number;
  text: Texts['backprop']['figure'];
  show: (value: number) => string;
}) {
  const { values, slopes, at, text, show } = props;
  const inside = values.z > -3 && values.z < 3;
  const small: Record<(typeof NODES)[number], string> = {
    p: `∂p/∂w = x = ${show(values.x)}; ∂p/∂x = w = ${show(values.w)}`,
    z: '∂z/∂p = 1; ∂z/∂b = 1',
    a: `∂a/∂z = ${inside ? `z/3 + ½ = ${show(values.z / 3 + 0.5)}` : values.z >= 3 ? '1' : '0'}`,
    e: '∂e/∂a = 1; ∂e/∂t = −1',
    L: `∂L/∂e = e = ${show(values.e)}`,
  };
  const isReached = (i: number) => at > i;
  /** the slope of a result is known once the step after it has been walked back */
  const hasSlope = (i: number) => at >= NODES.length + (NODES.length - 1 - i);
  const known = (name: Name, i: number) => (hasSlope(i) && at >= NODES.length ? show(slopes[name]) : '');
  return (
    <ScrollBox label={text.table}>
      <table class="costs tape">
        <thead>
          <tr>
            <th scope="col">{text.name}</th>
            <th scope="col" class="number">
              {text.value}
            </th>
            <th scope="col">{text.small}</th>
            <th scope="col" class="number">
              {text.slope}
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{text.inputs}</th>
            <td colSpan={2}>{INPUTS.map((name) => `${name} = ${show(values[name])}`).join(', ')}</td>
            <td class="number" data-testid="input-slopes">
              {at >= STEPS && INPUTS.map((name) => `∂${name}: ${show(slopes[name])}`).join(', ')}
            </td>
          </tr>
          {NODES.map((name, i) => (
            <tr key={name}>
              <th scope="row">{FORMULAS[name]}</th>
              <td class="number" data-testid={`value-${name}`}>
                {isReached(i) ? show(values[name]) : ''}
              </td>
              <td>{at > NODES.length + (NODES.length - 1 - i) ? small[name] : ''}</td>
              <td class="number" data-testid={`slope-${name}`}>
                {known(name, i)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
