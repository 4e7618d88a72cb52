import { type Device, noGrad, randn, scope } from 'feathergrad';
import { inTurn } from '../device.ts';
import type { Block } from './blocks.ts';

/** Total milliseconds of the repetitions of one measurement. */
const ENOUGH = 25;
const MOST_REPEATS = 48;
const ROUNDS = 3;

/** Measures the milliseconds of each block at inference, for a batch of images; `onTime` is called with each. */
export async function measureBlocks(
  device: Device,
  blocks: readonly Block[],
  batch: number,
  onTime: (index: number, milliseconds: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const [i, { module, input }] of blocks.entries()) {
    if (signal.aborted) return;
    // in separate tasks, so that other parts of the page can compute in between
    const time = await inTurn(async () => {
      const x = randn(device, [batch, ...input.slice(1)], { seed: i });
      module.eval();
      try {
        return await timeOf(device, () => scope(() => noGrad(() => void module.call(x))));
      } finally {
        x.dispose();
      }
    });
    if (!signal.aborted) onTime(i, time);
  }
}

/**
 * Measures `work` by the clock. One capture contains it once, another several times; their difference excludes the cost
 * of submitting and waiting.
 */
async function timeOf(device: Device, work: () => void): Promise<number> {
  const once = await record(device, work, 1);
  const single = await shortest(once.run);
  once.dispose();
  const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.round(ENOUGH / Math.max(0.1, single))));
  if (repeats < 3) return single;
  const many = await record(device, work, repeats);
  const together = await shortest(many.run);
  many.dispose();
  // other load can distort the difference, but not the mean
  return together > single ? (together - single) / (repeats - 1) : together / repeats;
}

async function record(device: Device, work: () => void, repeats: number) {
  const capture = await device.capture(() => {
    for (let i = 0; i < repeats; i++) work();
  });
  return {
    run: async () => {
      const started = performance.now();
      capture.run();
      await device.sync();
      return performance.now() - started;
    },
    dispose: () => capture.dispose(),
  };
}

/** Returns the minimum, since disturbances only make a run longer. */
async function shortest(run: () => Promise<number>): Promise<number> {
  await run(); // the first one also fills the caches
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) least = Math.min(least, await run());
  return least;
}
