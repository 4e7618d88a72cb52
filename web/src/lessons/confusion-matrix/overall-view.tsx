import type { Device } from 'feathergrad';
import { percent } from '../../lib/format.ts';
import { Figure } from '../../ui/pieces.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { accuracyOf, confusions } from './classifier.ts';

/** Two classifiers by their overall accuracy alone, or by group. */
export function OverallView({ device, broken }: { device: Device; broken: boolean }) {
  const { value, trouble } = useLatest('both', async () => ({
    without: await confusions(device, 0),
    half: await confusions(device, 0.5),
  }));
  if (!value) return trouble === null ? <p class="soft">Training …</p> : <Trouble text={trouble} />;
  const rows = [
    ['Trained on group A only', value.without],
    ['Trained on both, half each', value.half],
  ] as const;
  return (
    <div class="stack">
      {rows.map(([name, { A, B }]) => (
        <section key={name}>
          <h3>{name}</h3>
          <dl class="figures">
            <Figure name="Overall, 90 % from A" value={percent(0.9 * accuracyOf(A) + 0.1 * accuracyOf(B))} />
            {!broken && <Figure name="Group A" value={percent(accuracyOf(A))} />}
            {!broken && <Figure name="Group B" value={percent(accuracyOf(B))} testId="group-b" />}
          </dl>
        </section>
      ))}
      <p role="status" data-testid="overall-verdict">
        {broken
          ? 'Judged by the overall number, the two look alike or the first even better, and nobody would ask about group B.'
          : `By group the difference is plain: group B goes from ${percent(accuracyOf(value.without.B))} to ${percent(accuracyOf(value.half.B))}.`}
      </p>
    </div>
  );
}
