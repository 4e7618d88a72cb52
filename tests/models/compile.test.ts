import { expect, test, vi } from 'vitest';
import type { CompileProgress } from '../../src/gpu/compile-progress.ts';
import { LeNet5 } from '../../src/models/lenet.ts';
import { openDevice } from '../support/device.ts';

const image = { width: 2, height: 1, data: Uint8Array.of(0, 50, 100, 255, 200, 150, 100, 255) };

test.each([1, 2])(
  'compile(), then predict of %d images compiles nothing and keeps its bits',
  async (images) => {
    using device = await openDevice();
    const list = new Array<typeof image>(images).fill(image);
    const model = new LeNet5({ mirror: true }).to(device);
    const before = model.training;
    const reports: CompileProgress[] = [];
    await model.compile({ images, onProgress: (progress) => void reports.push(progress) });
    expect(model.training).toBe(before);
    const total = reports[0]!.total;
    expect(total).toBeGreaterThan(3);
    expect(reports.map(({ done }) => done)).toEqual(Array.from({ length: total + 1 }, (_, i) => i));
    const { pipelinesCreated } = device.stats;
    const { liveBytes } = device.memory();
    const first = await model.predict(list);
    expect(device.stats.pipelinesCreated).toBe(pipelinesCreated);
    expect(device.memory().liveBytes).toBe(liveBytes);
    await model.compile({ images });
    expect(await model.predict(list)).toEqual(first);
    expect(device.stats.pipelinesCreated).toBe(pipelinesCreated);
  },
);

test('the first prediction compiles its kernels in parallel; inside capture() it is an error', async () => {
  using device = await openDevice();
  const model = new LeNet5().to(device);
  await device.sync(); // initial values
  const oneByOne = vi.spyOn(device.pipelines, 'compileNow');
  const { pipelinesCreated } = device.stats;
  await model.predict(image);
  expect(oneByOne).not.toHaveBeenCalled();
  expect(device.stats.pipelinesCreated).toBeGreaterThan(pipelinesCreated);
  let inside: Promise<unknown> | undefined;
  const capture = await device.capture(() => {
    inside = model.predict(image).catch(String);
  });
  expect(await inside).toMatch(/cannot read a tensor inside capture/);
  capture.dispose();
});

test.each([
  [{ images: 0 }, /compile: images: got 0, expected an integer >= 1/],
  [{ onProgress: 3 }, /compile: onProgress: got 3, expected a function/],
  [{ batch: 3 }, /compile: unknown option "batch"/],
])('compile(%j) is rejected', async (options, message) => {
  const model = new LeNet5();
  await expect(model.compile(options as never)).rejects.toThrow(message);
});
