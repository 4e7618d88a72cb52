// Figures that do not depend on the clock and must not grow unnoticed: commands of a step, objects that a replay
// creates, bytes of GPU memory, bytes that a page loads.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleSize } from '../../bench/lib/bundle-size.ts';
import { wgslForBuild } from '../../scripts/wgsl-plugin.mjs';
import {
  Adam,
  backward,
  FerMobileNetV3,
  noGrad,
  randn,
  SoftmaxCenterLoss,
  scope,
  tensor,
} from '../../src/index.ts';
import { openDevice } from '../support/device.ts';

const BATCH = 32;
const SIDE = 48;

test('a training step: dispatches, memory, and no objects created by a replay', async () => {
  const device = await openDevice();
  const model = new FerMobileNetV3().to(device);
  const loss = new SoftmaxCenterLoss(8, model.embeddingWidth, { lambda: 0 }).to(device);
  const optimizer = new Adam(model, { learningRate: 1e-3 });
  const x = randn(device, [BATCH, SIDE, SIDE, 3], { seed: 1 });
  const labels = tensor(
    device,
    Uint32Array.from({ length: BATCH }, (_, i) => i % 8),
  );
  const step = await device.capture(() =>
    scope(() => {
      model.zeroGrad();
      const { logits, embedding } = model.forwardWithEmbedding(x);
      const { total } = loss.call(logits, labels, { embedding });
      backward(total);
      optimizer.step();
      return { total };
    }),
  );
  step.run();
  await step.outputs.total.item();
  const { buffersCreated, bindGroupsCreated, pipelinesCreated } = device.stats;
  step.run();
  expect(Number.isFinite(await step.outputs.total.item())).toBe(true);
  expect(device.stats).toMatchObject({ buffersCreated, bindGroupsCreated, pipelinesCreated });
  expect(step.dispatches).toBeLessThanOrEqual(426);
  expect(device.stats.peakGpuBytes / 2 ** 20).toBeLessThan(100);
  device.destroy();
});

test('an inference: dispatches', async () => {
  const device = await openDevice();
  const model = new FerMobileNetV3().to(device).eval();
  const x = randn(device, [1, SIDE, SIDE, 3], { seed: 1 });
  const pass = await device.capture(() => scope(() => noGrad(() => ({ logits: model.call(x) }))));
  expect(pass.dispatches).toBeLessThanOrEqual(60);
  device.destroy();
});

test('a page that recognizes faces: bytes', async () => {
  const resolveDir = fileURLToPath(new URL('../../', import.meta.url));
  const contents = `
    import { createDevice, FerMobileNetV3 } from './src/index.ts';
    const model = new FerMobileNetV3().to(await createDevice());
    model.loadStateDict(new Map());
    console.log(await model.predict(document.querySelector('canvas')));`;
  const { gzipped } = await bundleSize(
    { stdin: { contents, resolveDir }, plugins: [wgslForBuild()] },
    'at once',
  );
  expect(gzipped).toBeLessThan(49_820);
});
