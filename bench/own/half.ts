import type { Device } from 'feathergrad';
import { InferenceSession } from '../lib/feathergrad.ts';
import { type Spread, spread } from '../lib/statistics.ts';
import { markdownTable, short } from '../lib/table.ts';
import { benchmarkBatch, benchmarkWeights } from '../lib/weights.ts';

/** Inference with activations in single and half precision, interleaved on one device. */
export interface HalfResult {
  batch: number;
  side: number;
  /** milliseconds per call, including upload and read-back */
  single: Spread;
  half: Spread;
  /** median of the ratio single / half per round */
  ratio: number;
  /** largest difference of a logit, relative to the largest logit */
  difference: number;
}

/** @throws Error when the adapter has no shader-f16 */
export async function measureHalf(
  device: Device,
  { batch, side }: { batch: number; side: number },
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<HalfResult> {
  const { images } = benchmarkBatch(batch, side);
  const weights = benchmarkWeights();
  const open = (activations: 'f32' | 'f16') =>
    InferenceSession.open(device, weights, batch, side, activations);
  const single = await open('f32');
  const half = await open('f16');
  try {
    const [logits, other] = [await single.run(images), await half.run(images)];
    const largest = Math.max(...logits.map(Math.abs));
    const difference =
      Math.max(...logits.map((value, i) => Math.abs(value - (other[i] as number)))) / largest;
    const times = { single: [] as number[], half: [] as number[] };
    const time = async (kind: keyof typeof times, session: InferenceSession) => {
      const start = performance.now();
      await session.run(images);
      times[kind].push(performance.now() - start);
    };
    const started = performance.now();
    for (let i = 0; i < rounds && (i < 3 || performance.now() - started < 1000 * seconds); i++) {
      if (i % 2 === 0) await time('single', single);
      await time('half', half);
      if (i % 2 === 1) await time('single', single);
    }
    const ratios = times.single.map((value, i) => value / (times.half[i] as number));
    return {
      batch,
      side,
      single: spread(times.single),
      half: spread(times.half),
      ratio: spread(ratios).median,
      difference,
    };
  } finally {
    single.dispose();
    half.dispose();
  }
}

export function halfTable(results: readonly HalfResult[]): string {
  return markdownTable(
    ['inference, activations', 'f32 ms', 'f16 ms', 'times as fast', 'largest difference'],
    results.map(({ batch, side, single, half, ratio, difference }) => [
      `batch ${batch} at ${side}`,
      short(single.median),
      short(half.median),
      ratio.toFixed(2),
      `${(100 * difference).toFixed(2)} %`,
    ]),
  );
}
