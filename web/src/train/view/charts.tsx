import { signal } from '@preact/signals';
import { percent, short } from '../../lib/format.ts';
import type { Line } from '../../ui/chart-options.ts';
import { LineChart } from '../../ui/line-chart.tsx';
import { epochs, runSettings, runState, steps } from '../store.ts';

const log = signal(false);
const smoothing = signal(0.8);
const showsLast = signal(true);

/** Live charts of loss and accuracy, with the last run behind them. */
export function Charts() {
  const version = steps.version.value;
  const list = epochs.value;
  const parts = Object.entries(steps.parts);
  const hasParts = parts.length > 1;
  const valid = (of: (e: (typeof list)[number]) => number | null) => alignTo(steps.step, list, of);
  const hasValid = list.some(({ validLoss }) => validLoss !== null) || runSettings.value.validationSplit > 0;
  const loss: Line[] = [
    { label: 'loss', color: '--accent', format: short, smooth: true },
    ...(hasParts
      ? parts.map(([name], i) => ({
          label: partLabel(name),
          color: i === 0 ? '--second' : '--third',
          format: short,
          smooth: true,
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
  const accuracy: Line[] = [
    { label: 'batches', color: '--accent', format: percent, smooth: true },
    ...(hasValid ? [{ label: 'validation', color: '--ink', points: true, format: percent }] : []),
  ];
  const accuracyData = [steps.step, steps.accuracy, ...(hasValid ? [valid((e) => e.validAccuracy)] : [])];
  const drawn = `${version}/${list.length}`;
  const last = showsLast.value ? steps.last.value : null;
  const shared = {
    version: drawn,
    smoothing: smoothing.value,
    epochs: list.map(({ step }) => step),
    group: 'training',
  };
  return (
    <div class="charts-part">
      <Tools />
      <div class="charts">
        <section class="panel">
          <h2>Loss</h2>
          <LineChart
            {...shared}
            label="Loss by step"
            y="loss"
            lines={loss}
            data={lossData}
            log={log.value}
            ghost={last && { x: last.step, lines: [{ ...GHOST, format: short }], data: [last.loss] }}
          />
        </section>
        <section class="panel">
          <h2>Accuracy</h2>
          <LineChart
            {...shared}
            label="Accuracy by step"
            y="accuracy"
            lines={accuracy}
            data={accuracyData}
            range={[0, 1.12]} // the labels of the epochs are above 100 %
            ghost={last && { x: last.step, lines: [{ ...GHOST, format: percent }], data: [last.accuracy] }}
          />
          <KeptAccuracy />
        </section>
      </div>
    </div>
  );
}

/** Explains why the last accuracy of the chart is not that of the kept weights. */
function KeptAccuracy() {
  const state = runState.value;
  if (state.name !== 'ended') return null;
  const last = epochs.value.at(-1);
  const kept = epochs.value.find(({ epoch }) => epoch === state.bestEpoch);
  if (!last || !kept || kept === last || kept.validAccuracy === null || last.validAccuracy === null)
    return null;
  return (
    <p class="soft small" data-testid="kept-accuracy">
      The chart ends at epoch {last.epoch} with {percent(last.validAccuracy)} on validation; the kept weights
      are those of epoch {kept.epoch} with {percent(kept.validAccuracy)}, which the figures above, the faces
      and the confusion matrix show.
    </p>
  );
}

const GHOST = { label: 'last run', color: '--second', faint: true, smooth: true } as const;

function Tools() {
  return (
    <div class="chart-tools small">
      <label class="range">
        Smoothing
        <input
          type="range"
          min="0"
          max="0.98"
          step="0.02"
          value={smoothing.value}
          onInput={(event) => {
            smoothing.value = Number(event.currentTarget.value);
          }}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={log.value}
          onChange={(event) => {
            log.value = event.currentTarget.checked;
          }}
        />
        <span>Logarithmic loss</span>
      </label>
      {steps.last.value && (
        <label class="check">
          <input
            type="checkbox"
            checked={showsLast.value}
            onChange={(event) => {
              showsLast.value = event.currentTarget.checked;
            }}
          />
          <span>Last run</span>
        </label>
      )}
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
