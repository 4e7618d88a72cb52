import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { Choice, Figure } from '../../ui/pieces.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { useOwned } from '../pieces/use-owned.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { BatchChart, REACH } from './batch-chart.tsx';
import { newNorm, normalize, type Running, showBatch } from './compute.ts';

const FIRST = [1.2, 2.6, 0.4, 3.4, 2, 1.6, 4.2, 0.9, 2.9, 1.9, 3.8, 0.2] as const;
const START = '1.2,2.6,0.4,3.4,2,1.6';
const FRESH = '0,1';

/** Parses a list of numbers from the URL; null if it is invalid. */
function numbers(text: string): number[] | null {
  const list = text.split(',').map(Number);
  return list.length <= FIRST.length && list.every(Number.isFinite) ? list : null;
}

export function Interactive({ device }: { device: Device }) {
  const norm = useOwned([device], () => newNorm(device));
  const [mode, setMode] = useUrlState('mode', 'training', ['training', 'evaluation'] as const);
  const [list, setList] = useUrlState('batch', START);
  const [kept, setKept] = useUrlState('running', FRESH);
  const [scale, setScale] = useUrlState('gamma', 1, [-2, 2]);
  const [shift, setShift] = useUrlState('beta', 0, [-3, 3]);
  const [wanted, setChosen] = useUrlState('example', 1, [1, FIRST.length]);
  const [problem, setProblem] = useState<string | null>(null);

  const values = (numbers(list) ?? numbers(START) ?? []).map((v) => Math.min(REACH, Math.max(-REACH, v)));
  const [runningMean = 0, runningVariance = 1] = numbers(kept) ?? [];
  const running: Running = { mean: runningMean, variance: Math.max(0, runningVariance) };
  const chosen = Math.min(values.length, Math.round(wanted)) - 1;
  const setting = { values, isTraining: mode === 'training', scale, shift, running };

  const { value: result, trouble } = useLatest(JSON.stringify({ ...setting, chosen }), async () => ({
    ...(await normalize(norm, { ...setting, chosen })),
    // the inputs of the result, so that the drawing stays consistent
    setting,
    chosen,
  }));

  const pull = (index: number, value: number) => {
    setChosen(index + 1);
    setList(values.map((v, i) => (i === index ? value : v)).join());
  };
  const resize = (size: number) =>
    setList(Array.from({ length: size }, (_, i) => values[i] ?? FIRST[i]).join());
  const train = async (times: number) => {
    try {
      const { mean, variance } = await showBatch(norm, setting, times);
      setKept(`${mean.toFixed(4)},${variance.toFixed(4)}`);
      setProblem(null);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };

  const failed = trouble ?? problem;
  return (
    <div class="two-sides">
      <div class="stack">
        <Choice
          label="The norm acts as in"
          value={mode}
          options={[
            ['training', 'Training'],
            ['evaluation', 'Evaluation'],
          ]}
          onChange={setMode}
        />
        <Slider
          label="Batch size"
          value={values.length}
          min={1}
          max={FIRST.length}
          step={1}
          onValue={resize}
          testId="batch-size"
        />
        <Slider label="Example" value={chosen + 1} min={1} max={values.length} step={1} onValue={setChosen} />
        <Slider
          label="Its value"
          value={values[chosen] ?? 0}
          min={-REACH}
          max={REACH}
          step={0.05}
          show={(v) => v.toFixed(2)}
          onValue={(v) => pull(chosen, v)}
          testId="example-value"
        />
        <Slider
          label="Scale γ"
          value={scale}
          min={-2}
          max={2}
          step={0.1}
          show={(v) => v.toFixed(1)}
          onValue={setScale}
        />
        <Slider
          label="Shift β"
          value={shift}
          min={-3}
          max={3}
          step={0.1}
          show={(v) => v.toFixed(1)}
          onValue={setShift}
        />
        <div class="stack">
          <h3>The running estimate</h3>
          <div class="buttons">
            <button type="button" class="button" disabled={values.length === 1} onClick={() => train(1)}>
              One step
            </button>
            <button type="button" class="button" disabled={values.length === 1} onClick={() => train(20)}>
              Twenty
            </button>
            <button type="button" class="button plain" onClick={() => setKept(FRESH)}>
              Forget
            </button>
          </div>
          <p class="small soft">
            A training step on this batch moves the estimate a tenth of the way. Evaluation uses nothing else.
          </p>
        </div>
      </div>
      <div class="stack seen">
        <Trouble text={failed} />
        {result && (
          <>
            <BatchChart
              values={result.setting.values}
              result={result}
              running={result.setting.running}
              isTraining={result.setting.isTraining}
              chosen={result.chosen}
              onPull={pull}
            />
            <p class="keys">
              <span>
                <i class="swatch mean" />
                mean of this batch
              </span>
              <span>
                <i class="swatch running" />
                running mean
              </span>
              <span>
                <i class="swatch spread" />
                one standard deviation of the statistics that normalize
              </span>
              <span>
                <i class="swatch slope" />
                slope of example {result.chosen + 1}’s output by each input
              </span>
            </p>
            <dl class="figures">
              <Figure name="Batch mean" value={result.mean.toFixed(3)} testId="batch-mean" />
              <Figure name="Batch variance" value={result.variance.toFixed(3)} testId="batch-variance" />
              <Figure name="Running mean" value={running.mean.toFixed(3)} testId="running-mean" />
              <Figure name="Running variance" value={running.variance.toFixed(3)} testId="running-variance" />
              <Figure
                name={`Output of ${result.chosen + 1}`}
                value={signed(result.outputs[result.chosen] ?? 0)}
                testId="chosen-output"
              />
              <Figure
                name="Sum of the slopes"
                value={signed(result.slopes.reduce((a, b) => a + b, 0))}
                testId="slope-sum"
              />
            </dl>
            <p data-testid="in-words">{inWords(result.setting.isTraining, result.setting.values.length)}</p>
          </>
        )}
      </div>
    </div>
  );
}

/** Three decimals; values that round to zero are 0 without a sign. */
const signed = (value: number): string =>
  Math.abs(value) < 5e-4 ? '0.000' : value.toFixed(3).replace('-', '−');

function inWords(isTraining: boolean, size: number): string {
  if (!isTraining) {
    return 'Evaluation: the running estimate normalizes. The examples are independent: an output does not change when another example moves, and the only slope is its own arrow.';
  }
  if (size === 1) {
    return 'One example: it is its own mean, its variance is 0, and x − mean is 0 wherever you drag it. The output is β and the slope is 0, so no information passes, and nothing is learned. PyTorch and feathergrad reject such a batch in training.';
  }
  return 'Training: the batch normalizes itself. Drag one example, and every output moves. The arrows sum to 0, since shifting all examples together changes nothing.';
}
