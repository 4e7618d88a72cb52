import type { Device } from 'feathergrad';
import { Figure } from '../../ui/pieces.tsx';
import { FACES } from '../pieces/face.ts';
import { HeatPixels } from '../pieces/pixels.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { useOwned } from '../pieces/use-owned.ts';
import { useUrlState } from '../url-state.ts';
import { CrossedStrips, MAP, MIDDLE } from './crossed-strips.ts';
import { lie } from './melting.tsx';

/** The two forms with batch norm and hard-swish after the sum, or before it. */
export function BreakView({ device, broken }: { device: Device; broken: boolean }) {
  const [face] = useUrlState('face', 19, [1, FACES]);
  const strips = useOwned([device], () => new CrossedStrips(device, 184));
  const { value, trouble } = useLatest(`${face} ${broken}`, async () => ({
    ...(await strips.apart(Math.round(face), broken)),
    broken,
  }));
  if (!value) return trouble ? <Trouble text={trouble} /> : <p class="soft">Computing …</p>;
  return (
    <div class="stack">
      <Trouble text={trouble} />
      <p>
        <code>
          {value.broken
            ? 'act(W [avg ; max] + b) + act(W [max ; avg] + b)'
            : 'act(W [avg ; max] + b + W [max ; avg] + b)'}
        </code>{' '}
        against <code>act(W [avg + max] + 2 b)</code>, where <code>act</code> is batch norm, then hard-swish
      </p>
      <dl class="figures">
        <Figure
          name="Largest difference"
          value={value.largest < 1e-3 ? value.largest.toExponential(1) : value.largest.toFixed(3)}
          testId="broken-difference"
        />
      </dl>
      <div class="melting wide">
        <HeatPixels
          values={lie(value.difference)}
          height={MIDDLE}
          width={2 * MAP}
          range={[0, Math.max(1e-3, value.largest)]}
          label="Difference of the two forms, dark for none"
        />
      </div>
      <p>
        {value.broken
          ? 'This is not rounding, but a different network. Hard-swish is not linear: its value for a sum is not the sum of its values.'
          : 'Dark everywhere: the activation comes after the sum, so it receives the same numbers in both forms.'}
      </p>
    </div>
  );
}
