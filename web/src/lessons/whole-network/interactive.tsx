import type { Device } from 'feathergrad';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { duration, percent } from '../../lib/format.ts';
import { hasShipped } from '../../lib/shipped.ts';
import { LineChart } from '../../ui/line-chart.tsx';
import { Choice } from '../../ui/pieces.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useOwned } from '../pieces/use-owned.ts';
import { useUrlState } from '../url-state.ts';
import { type Block, blocksOf } from './blocks.ts';
import { Lab } from './lab.ts';
import { Lens } from './lens.tsx';
import { measureBlocks } from './measure.ts';
import type { Weights } from './subject.ts';
import { BlockTable } from './table.tsx';
import { BATCH, SIDE, type Training } from './training.ts';
import { verdictOf } from './verdict.ts';

const SIDES = ['48', '96', '112', '224'] as const; // the built-in weights use 96
const BATCHES = ['1', '16'] as const;
const WEIGHTS = ['new', 'ferplus'] as const;

export function Interactive({ device }: { device: Device }) {
  const [asked, setWeights] = useUrlState<Weights>('weights', 'new', WEIGHTS);
  const weights = hasShipped ? asked : 'new';
  const lab = useOwned([device, weights], () => new Lab(device, weights));
  const model = lab.model.value;
  return (
    <div class="stack">
      {hasShipped && (
        <div class="choice-row">
          <Choice
            label="Weights"
            value={weights}
            options={[
              ['new', 'New network'],
              ['ferplus', 'Trained on FER+'],
            ]}
            onChange={setWeights}
          />
        </div>
      )}
      <Trouble text={lab.problem.value} />
      {!model && !lab.problem.value && <p class="soft">Making the network …</p>}
      {model && <Opened key={weights} device={device} lab={lab} />}
    </div>
  );
}

function Opened({ device, lab }: { device: Device; lab: Lab }) {
  const [side, setSide] = useUrlState('side', '48', SIDES);
  const [batch, setBatch] = useUrlState('batch', '1', BATCHES);
  const [chosen, choose] = useUrlState('block', 'features.3');
  const model = lab.model.value;
  const blocks = useMemo(() => (model ? blocksOf(model, Number(side)) : []), [model, side]);
  const block = blocks.find(({ name }) => name === chosen) ?? (blocks[3] as Block);
  const training = lab.training.value;
  return (
    <>
      <div class="network-sides">
        <div class="stack">
          <div class="choice-row">
            <Choice
              label="Input side"
              value={side}
              options={SIDES.map((one) => [one, `${one} px`] as const)}
              onChange={setSide}
            />
            <Choice
              label="Pictures at once"
              value={batch}
              options={BATCHES.map((one) => [one, one === '1' ? '1 picture' : `${one} pictures`] as const)}
              onChange={setBatch}
            />
          </div>
          <Measured
            key={`${side},${batch}`}
            {...{ device, lab, blocks, batch: Number(batch), chosen: block.name, choose }}
          />
        </div>
        <Lens lab={lab} block={block} side={Number(side)} />
      </div>
      {training ? (
        <Minute training={training} />
      ) : (
        <p class="soft small">
          These weights were trained on gray photos, so they get the drawn faces in gray. Choose the new
          network to train one.
        </p>
      )}
    </>
  );
}

/** The table; times are measured once it is shown. */
function Measured(props: {
  device: Device;
  lab: Lab;
  blocks: readonly Block[];
  batch: number;
  chosen: string;
  choose: (name: string) => void;
}) {
  const { device, lab, blocks, batch, chosen, choose } = props;
  const [times, setTimes] = useState<readonly number[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const isTraining = lab.training.value?.isRunning.value ?? false;
  useEffect(() => {
    const stop = new AbortController();
    const measured: number[] = [];
    const onTime = (i: number, time: number) => {
      measured[i] = time;
      setTimes([...measured]);
    };
    setTimes([]);
    lab
      .busy(measureBlocks(device, blocks, batch, onTime, stop.signal))
      .catch((error) => setTrouble(messageOf(error)));
    return () => stop.abort();
  }, [round]);
  const isDone = times.length === blocks.length;
  return (
    <>
      <BlockTable blocks={blocks} times={times} batch={batch} chosen={chosen} onChoose={choose} />
      {isDone && (
        <p role="status" data-testid="network-verdict">
          {verdictOf(blocks, times, batch)}
        </p>
      )}
      <Trouble text={trouble} />
      <div class="buttons">
        <button
          type="button"
          class="button"
          disabled={!isDone || isTraining}
          onClick={() => setRound((n) => n + 1)}
        >
          {isDone || trouble ? 'Measure again' : `Measuring ${times.length} of ${blocks.length} …`}
        </button>
      </div>
      <p class="small soft">
        Time on this device at inference, batch norm and activation folded into the convolutions. The bars are
        shares of the largest in their column. GMAC/s: 10⁹ multiply-adds per second. Multiply-adds are counted
        in the paper’s form, with complementary pooling as two convolutions; it runs as one.
      </p>
    </>
  );
}

const LINES = [{ label: 'Loss', color: '--accent', format: (value: number) => value.toFixed(3) }] as const;
const SHARES = [{ label: 'Recognized', color: '--accent', format: percent }] as const;

function Minute({ training }: { training: Training }) {
  const isRunning = training.isRunning.value;
  const step = training.step.value;
  const [steps, losses, shares] = training.series.value;
  return (
    <section class="panel" aria-labelledby="minute">
      <div class="panel-head">
        <h3 id="minute">Train it for a minute</h3>
        <span class="soft small">
          drawn faces, {BATCH} a step, {SIDE} × {SIDE} pixels; Adam at 0.0015; the maps above follow
        </span>
      </div>
      <div class="buttons">
        <button
          type="button"
          class="button primary"
          onClick={() => (isRunning ? training.pause() : training.start())}
        >
          {isRunning ? 'Stop' : step > 0 ? 'Another minute' : 'Train for a minute'}
        </button>
        <span class="soft progress-text" aria-live="off">
          <span data-testid="steps">{step}</span> steps
          {isRunning && `, ${duration(Math.max(0, 60 - training.seconds.value))} left`}
        </span>
      </div>
      <Trouble text={training.problem.value} />
      {steps.length > 0 && (
        <div class="charts">
          <LineChart label="Loss by step" lines={LINES} data={[steps, losses]} version={step} height={180} />
          <LineChart
            label="Share recognized by step; chance is 12.5 %"
            lines={SHARES}
            data={[steps, shares]}
            version={step}
            range={[0, 1]}
            height={180}
          />
        </div>
      )}
    </section>
  );
}
