import { percent, short } from '../../lib/format.ts';
import { LineChart } from '../../ui/line-chart.tsx';
import type { Curves } from '../project.ts';

/** The curves of a run: the loss of its steps, and the accuracy on pictures that are not trained on. */
export function RunChart({ curves }: { curves: Curves }) {
  const { steps, epochs } = curves;
  const at = steps.map(({ step }) => step);
  const version = `${steps.length}/${epochs.length}/${at.at(-1)}`;
  const accuracy = alignTo(at, epochs);
  return (
    <div class="run-chart">
      <LineChart
        label="Loss by step"
        height={130}
        lines={[{ label: 'loss', color: '--accent', format: short }]}
        data={[at, steps.map(({ loss }) => loss)]}
        version={version}
      />
      {epochs.some(({ validAccuracy }) => validAccuracy !== null) && (
        <LineChart
          label="Accuracy on held-out pictures by step"
          height={130}
          range={[0, 1]}
          lines={[{ label: 'held-out accuracy', color: '--ink', points: true, format: percent }]}
          data={[at, accuracy]}
          version={version}
        />
      )}
    </div>
  );
}

/** Places each epoch's accuracy at the first point at or after its last step. */
function alignTo(at: readonly number[], epochs: Curves['epochs']): (number | null)[] {
  const values: (number | null)[] = new Array(at.length).fill(null);
  let i = 0;
  for (const { step, validAccuracy } of epochs) {
    while (i < at.length - 1 && (at[i] as number) < step) i++;
    if (i < at.length) values[i] = validAccuracy;
  }
  return values;
}
