import { describe, expect, test } from 'vitest';
import { PictureSource } from '../../src/data/picture-source.ts';
import { GpuOutOfMemoryError } from '../../src/gpu/errors.ts';
import { mebibytes } from '../../src/text/format.ts';
import { estimateMemory, largestBatch, withAdvice } from '../../src/train/memory-estimate.ts';
import { TrainingStep } from '../../src/train/training-step.ts';
import { drain, prepareRun } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

async function prepare() {
  const run = await prepareRun({ train: tinyPictures(16) });
  const { model, joint: loss, optimizer } = run;
  const options = { train: tinyPictures(16), loss, optimizer, batch: 8, side: 32 };
  return { ...run, model, options };
}

describe('the memory of a step', () => {
  test('is predicted to the byte, without allocating any', async () => {
    const { device, model, options, free } = await prepare();
    device.trim();
    const before = device.memory();
    const { bytes, fits } = estimateMemory(model, options);
    expect(fits).toBe(true);
    expect(device.memory()).toEqual(before);
    const step = await TrainingStep.create(model, options);
    // the inputs of the step are added when they are first written
    expect(device.memory().gpuBytes).toBe(bytes);
    const metrics = await step.run([0, 1, 2, 3, 4, 5, 6, 7], 1e-3, 0);
    expect(metrics.isFinite).toBe(true);
    step.dispose();
    free();
  });

  test('grows with the batch, up to a budget', async () => {
    const { model, options, free } = await prepare();
    const at = (batch: number) => estimateMemory(model, { ...options, batch }).bytes;
    const bytes = [4, 8, 12].map(at) as [number, number, number];
    expect(bytes[1]).toBeGreaterThan(bytes[0]);
    expect(bytes[2]).toBeGreaterThan(bytes[1]);
    expect(largestBatch(model, { ...options, batch: 12 }, bytes[1])).toBe(8);
    expect(largestBatch(model, { ...options, batch: 12 })).toBe(12);
    expect(largestBatch(model, options, 1)).toBe(0);
    free();
  });
});

describe('a batch that does not fit', () => {
  test('is an error that states which batch would fit, and in how many parts', async () => {
    const { device, model, options, start, free } = await prepare();
    const limit = device.limits.maxStorageBufferBindingSize;
    const { largest } = estimateMemory(model, options);
    const most = Math.floor(limit / (largest.bytes / 8));
    const batch = 2 * (most + 1);
    const { pictures, classNames } = tinyPictures(1);
    const train = new PictureSource({
      pictures: new Array(batch).fill(pictures[0]!),
      labels: new Uint32Array(batch),
      classNames,
    });
    const before = device.memory().liveBytes;
    const failing = drain(start({ train, batch, epochs: 1 }));
    await expect(failing).rejects.toThrow(
      new RegExp(
        `a step of ${batch} images of 32 x 32 pixels needs .* MiB for its largest tensor .*, and this device allows ` +
          `at most ${mebibytes(limit)}. A batch of ${most} would fit`,
      ),
    );
    expect(device.memory().liveBytes).toBe(before);
    free();
  });

  test('if the device is out of memory, the advice is half of the batch', async () => {
    const { model, options, free } = await prepare();
    const error = withAdvice(new GpuOutOfMemoryError('no'), model, options) as Error;
    expect(error).toBeInstanceOf(GpuOutOfMemoryError);
    expect(error.message).toMatch(/needs [\d.]+ MiB in total, more than this device has\. /);
    expect(withAdvice(error, model, { ...options, batch: 2 })).toBeInstanceOf(GpuOutOfMemoryError);
    const other = new Error('something else');
    expect(withAdvice(other, model, options)).toBe(other);
    free();
  });
});
