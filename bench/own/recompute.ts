import { CrossEntropyLoss, type Device, estimateMemory, FerMobileNetV3, SGD } from 'feathergrad';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { TrainingStep, type TrainingStepOptions } from '../../src/train/training-step.ts';
import { type Spread, spread } from '../lib/statistics.ts';
import { markdownTable, mebibytes, short } from '../lib/table.ts';

/** A training step with and without `recompute`, interleaved. */
export interface RecomputeResult {
  batch: number;
  side: number;
  /** bytes that the step needs, by `estimateMemory` */
  bytes: { stored: number; recomputed: number };
  /** milliseconds per step; null if only the memory was computed */
  step: { stored: Spread; recomputed: Spread; ratio: number } | null;
}

const ROWS = [
  { batch: 32, side: 48, isTimed: true },
  { batch: 8, side: 112, isTimed: true },
  { batch: 32, side: 224, isTimed: false }, // only with `large`
] as const;

export async function measureRecompute(
  device: Device,
  { rounds, seconds, large }: { rounds: number; seconds: number; large: boolean },
): Promise<RecomputeResult[]> {
  const results: RecomputeResult[] = [];
  const train = new DrawnFaceSource({ seed: 1, length: 64 });
  const model = new FerMobileNetV3({ classes: train.classNames }).to(device, { seed: 1 });
  const optimizer = new SGD(model, { learningRate: 0 });
  const loss = new CrossEntropyLoss();
  try {
    for (const { batch, side, isTimed } of ROWS) {
      const options = (recompute: boolean): TrainingStepOptions => ({
        train,
        loss,
        optimizer,
        batch,
        side,
        recompute,
      });
      const bytes = {
        stored: estimateMemory(model, options(false)).bytes,
        recomputed: estimateMemory(model, options(true)).bytes,
      };
      const step = isTimed || large ? await timed(model, options, { rounds, seconds }) : null;
      results.push({ batch, side, bytes, step });
      device.trim();
    }
    return results;
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

async function timed(
  model: FerMobileNetV3,
  options: (recompute: boolean) => TrainingStepOptions,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<RecomputeResult['step']> {
  const steps = [
    await TrainingStep.create(model, options(false)),
    await TrainingStep.create(model, options(true)),
  ];
  const indices = Array.from({ length: options(false).batch }, (_, i) => i);
  const times: [number[], number[]] = [[], []];
  try {
    for (const step of steps) await step.run(indices, 0, 0); // warm-up
    const started = performance.now();
    for (
      let round = 0;
      round < rounds && (round < 3 || performance.now() - started < 1000 * seconds);
      round++
    ) {
      for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const start = performance.now();
        await steps[which]?.run(indices, 0, round);
        times[which].push(performance.now() - start);
      }
    }
  } finally {
    for (const step of steps) step.dispose();
  }
  const [stored, recomputed] = times;
  const ratios = recomputed.map((value, i) => value / (stored[i] as number));
  return { stored: spread(stored), recomputed: spread(recomputed), ratio: spread(ratios).median };
}

export function recomputeTable(results: readonly RecomputeResult[]): string {
  return markdownTable(
    ['training step', 'memory', 'with recompute', 'share', 'ms', 'with recompute', 'time'],
    results.map(({ batch, side, bytes, step }) => [
      `batch ${batch} at ${side}`,
      mebibytes(bytes.stored),
      mebibytes(bytes.recomputed),
      (bytes.recomputed / bytes.stored).toFixed(2),
      step ? short(step.stored.median) : '-',
      step ? short(step.recomputed.median) : '-',
      step ? `${step.ratio.toFixed(2)} x` : '-',
    ]),
  );
}
