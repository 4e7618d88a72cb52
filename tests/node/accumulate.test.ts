import { describe, expect, test } from 'vitest';
import { STRONG_AUGMENTATION } from '../../src/data/augmentation.ts';
import type { FitOptions } from '../../src/train/fit.ts';
import { drain, prepareRun, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const train = tinyPictures(16);

async function run(options: Partial<FitOptions>) {
  const { model, device, start, free } = await prepareRun({
    train,
    fit: { epochs: 1, batch: 8, ...options },
  });
  const { steps } = await drain(start());
  const result = { bits: stateBits(await model.stateDict()), steps, gpuBytes: device.memory().gpuBytes };
  free();
  return result;
}

describe('a batch in parts', () => {
  test('gives the same bits twice', async () => {
    const options = { accumulate: 2, augmentation: STRONG_AUGMENTATION, ema: 0.9 };
    const first = await run(options);
    const second = await run(options);
    expect(second.bits).toEqual(first.bits);
    expect(second.steps.map(({ loss }) => loss)).toEqual(first.steps.map(({ loss }) => loss));
    expect(first.steps.length).toBe(2);
  });

  test('reports means over the batch, close to those of the whole batch except for batch norm, which sees one part', async () => {
    const [whole, parts] = [(await run({})).steps[0]!, (await run({ accumulate: 2 })).steps[0]!];
    expect(Math.abs(parts.loss - whole.loss)).toBeLessThan(0.05 * whole.loss);
    expect(parts.correct).toBeLessThanOrEqual(8);
    expect(parts.gradientNorm / whole.gradientNorm).toBeGreaterThan(0.5);
    expect(parts.gradientNorm / whole.gradientNorm).toBeLessThan(2);
  });

  test.each([3, 8, 0, 1.5])('a batch that cannot be split into %d parts is rejected', async (accumulate) => {
    await expect(run({ accumulate })).rejects.toThrow(/equal parts of at least 2 images|accumulate: got/);
  });
});
