import type { Device } from 'feathergrad';
import { percent } from '../../lib/format.ts';
import { SelectInput } from '../../ui/fields.tsx';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { activations, HIGH, type Layer, LOW } from './activations.ts';
import { type Curve, curvesAt, NAMES, type Name } from './functions.ts';
import { Histogram, Plot } from './plot.tsx';

const XS = Array.from({ length: 321 }, (_, i) => LOW + (i * (HIGH - LOW)) / 320);

export function Interactive({ device }: { device: Device }) {
  const [x, setX] = useUrlState('x', 1.5, [LOW, HIGH]);
  const curves = useLatest('curves', () => curvesAt(device, XS));
  const here = useLatest(String(x), async () => ({ x, curves: await curvesAt(device, [x]) }));
  const found = useLatest('activations', () => inTurn(() => activations(device)));
  if (!curves.value)
    return curves.trouble === null ? <p class="soft">Computing …</p> : <Trouble text={curves.trouble} />;
  const shown = { xs: XS, curves: curves.value, onX: setX };
  const at = { x, curves: here.value?.curves ?? null };
  return (
    <div class="two-sides">
      <div class="stack">
        <Slider
          label="x"
          value={x}
          min={LOW}
          max={HIGH}
          step={0.05}
          show={(value) => number(value, 2)}
          onValue={setX}
          testId="x"
        />
        {here.value && <Readings curves={here.value.curves} />}
        <p>{sideOf(x)}</p>
        <Trouble text={here.trouble} />
      </div>
      <div class="stack plots">
        <Plot {...shown} at={at} title="value" part="values" range={[-1, 8]} ticks={[0, 2, 4, 6, 8]} />
        <Plot
          {...shown}
          at={at}
          title="slope"
          part="slopes"
          range={[-0.6, 1.6]}
          ticks={[-0.5, 0, 0.5, 1, 1.5]}
        />
        {found.value ? (
          <OfTheNetwork {...found.value} x={x} />
        ) : (
          found.trouble === null && <p class="soft">Asking the network …</p>
        )}
        <Trouble text={found.trouble} />
      </div>
    </div>
  );
}

function Readings({ curves }: { curves: Record<Name, Curve> }) {
  return (
    <table>
      <thead>
        <tr>
          <td />
          <th class="number">value</th>
          <th class="number">slope</th>
        </tr>
      </thead>
      <tbody>
        {NAMES.map((name) => (
          <tr key={name}>
            <th scope="row">
              <i class={`key ${name}`} /> {name}
            </th>
            <td class="number" data-testid={`value-${name}`}>
              {number(curves[name].values[0] as number, 4)}
            </td>
            <td class="number">{number(curves[name].slopes[0] as number, 4)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The network's own values in one of its layers, on the same axis. */
function OfTheNetwork({ layers, trained, x }: { layers: Layer[]; trained: boolean; x: number }) {
  const [name, setName] = useUrlState('layer', layers[0]?.name ?? '');
  const layer = layers.find((one) => one.name === name) ?? layers[0];
  if (!layer) return null;
  return (
    <div class="stack">
      <Histogram layer={layer} x={x} />
      <SelectInput
        label="Inputs of hard-swish in"
        value={layer.name}
        options={layers.map((one) => [one.name, one.name] as const)}
        onValue={setName}
      />
      <p data-testid="shares">
        {percent(layer.flat)} of the values end as 0, {percent(layer.curved)} lie on the bend and{' '}
        {percent(layer.straight)} pass unchanged, when the{' '}
        {trained ? 'network trained on FER+' : 'untrained network'} looks at four drawn faces.
      </p>
    </div>
  );
}

function sideOf(x: number): string {
  if (x <= -3)
    return 'At −3 and below, hard-swish is 0, and so is its slope: the layer learns nothing from this value.';
  if (x >= 3) return 'At 3 and above, hard-swish is x, with slope 1.';
  return 'Between −3 and 3 hard-swish is the parabola x (x + 3) / 6. It never differs from swish by more than 0.15.';
}

const number = (value: number, digits: number) => value.toFixed(digits).replace('-', '−');
