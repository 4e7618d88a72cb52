import { bytes, count, duration, percent, short } from '../../lib/format.ts';
import { LineChart } from '../../ui/line-chart.tsx';
import { Figure } from '../../ui/pieces.tsx';
import { epochs, gpuBytes, lastStep, runSettings, runState, steps } from '../store.ts';

/** Key figures of the run. */
export function Figures() {
  const last = lastStep.value;
  const { epochs: total, batch } = runSettings.value;
  const best = epochs.value.reduce<number | null>(
    (most, { validAccuracy }) => (validAccuracy === null ? most : Math.max(most ?? 0, validAccuracy)),
    null,
  );
  const rate = last?.imagesPerSecond ?? 0;
  const stepsLeft = last ? total * last.stepsPerEpoch - last.step : 0;
  const left = last && rate > 0 ? (stepsLeft * batch) / rate : null;
  const [memory, unit] = bytes(gpuBytes.value);
  const isOver = runState.value.name === 'ended';
  return (
    <dl class="figures">
      <Figure name="Epoch" value={last ? `${last.epoch}` : '–'} unit={`of ${total}`} />
      <Figure
        name="Step"
        testId="step"
        value={last ? count(last.step) : '–'}
        unit={last ? `of ${count(total * last.stepsPerEpoch)}` : ''}
      />
      <Figure name="Loss" testId="loss" value={last ? short(last.loss) : '–'} />
      <Figure name="Best accuracy" value={best === null ? '–' : percent(best)} />
      <Figure name="Images/s" value={last ? short(rate) : '–'} />
      <Figure name="GPU memory" value={last ? memory : '–'} unit={last ? unit : ''} />
      <Figure name="Time left" value={left === null || isOver ? '–' : duration(left)} />
    </dl>
  );
}

/** Live charts of loss and accuracy. */
export function Charts() {
  const version = steps.version.value;
  const list = epochs.value;
  const parts = Object.entries(steps.parts);
  const hasParts = parts.length > 1;
  const valid = (of: (e: (typeof list)[number]) => number | null) => alignTo(steps.step, list, of);
  const hasValid = list.some(({ validLoss }) => validLoss !== null) || runSettings.value.validationSplit > 0;
  const loss = [
    { label: 'loss', color: '--accent', format: short },
    ...(hasParts
      ? parts.map(([name], i) => ({
          label: partLabel(name),
          color: '--second',
          format: short,
          ...(i === 0 && { dash: [5, 4] }),
        }))
      : []),
    ...(hasValid ? [{ label: 'validation', color: '--ink', points: true, format: short }] : []),
  ];
  const lossData = [
    steps.step,
    steps.loss,
    ...(hasParts ? parts.map(([, values]) => values) : []),
    ...(hasValid ? [valid((e) => e.validLoss)] : []),
  ];
  const accuracy = [
    { label: 'batches, smoothed', color: '--accent', format: percent },
    ...(hasValid ? [{ label: 'validation', color: '--ink', points: true, format: percent }] : []),
  ];
  const accuracyData = [steps.step, steps.accuracy, ...(hasValid ? [valid((e) => e.validAccuracy)] : [])];
  const drawn = `${version}/${list.length}`;
  return (
    <div class="charts">
      <section class="panel">
        <h2>Loss</h2>
        <LineChart label="Loss by step" lines={loss} data={lossData} version={drawn} />
      </section>
      <section class="panel">
        <h2>Accuracy</h2>
        <LineChart
          label="Accuracy by step"
          lines={accuracy}
          data={accuracyData}
          version={drawn}
          range={[0, 1]}
        />
      </section>
    </div>
  );
}

/** Returns the label of a part of the loss: `crossEntropy` becomes "cross entropy". */
function partLabel(name: string): string {
  return name.replace(/[a-z](?=[A-Z])/g, '$& ').toLowerCase();
}

/** Places each epoch's value at the first point at or after its last step. */
function alignTo<E extends { step: number }>(
  at: readonly number[],
  list: readonly E[],
  of: (epoch: E) => number | null,
): (number | null)[] {
  const values: (number | null)[] = new Array(at.length).fill(null);
  let i = 0;
  for (const epoch of list) {
    while (i < at.length - 1 && (at[i] as number) < epoch.step) i++;
    if (i < at.length) values[i] = of(epoch);
  }
  return values;
}
