import { expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { SoftmaxCenterLoss } from '../../src/loss/softmax-center-loss.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { Adam } from '../../src/optim/adam.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor, zeros } from '../../src/tensor/create.ts';
import { scope } from '../../src/tensor/scope.ts';
import { randomNormal } from '../reference/array.ts';
import { bitsOf, firstDifference } from '../support/bits.ts';
import { testDevice } from '../support/device.ts';

const BATCH = 4;
const SIDE = 32;
const STEPS = 3;

/** The paper's whole training step: dropout, batch norm, both losses, centers, clipping, Adam with decay. */
function trainer(device: Device) {
  const model = new FerMobileNetV3({ bnMomentum: 0.1 }).to(device, { seed: 7 });
  const loss = new SoftmaxCenterLoss(8, model.embeddingWidth, { lambda: 0.4, labelSmoothing: 0.1 });
  loss.to(device, { seed: 7 });
  const optimizer = new Adam(model, { learningRate: 1e-3, weightDecay: 1e-4, clipNorm: 10 });
  const images = zeros(device, [BATCH, SIDE, SIDE, 3]);
  const labels = tensor(device, new Uint32Array(BATCH));
  const load = (step: number) => {
    images.write(randomNormal(images.shape, step).data);
    labels.write(Array.from({ length: BATCH }, (_, i) => (3 * i + step) % 8));
    optimizer.learningRate = step === 2 ? 2e-4 : 1e-3;
  };
  const step = () =>
    scope(() => {
      model.zeroGrad();
      const { logits, embedding } = model.forwardWithEmbedding(images);
      const { total, parts } = loss.call(logits, labels, { embedding });
      backward(total);
      loss.update(logits, { embedding, labels });
      return { logits, total, center: parts.center!, norm: optimizer.step() };
    });
  /** every number that a step changes */
  const state = () => {
    const { parameters, gradients, buffers } = model.arenas;
    return Promise.all(
      [parameters.flat, gradients.flat, buffers.flat, loss.center!.centers.value].map(bitsOf),
    );
  };
  const dispose = () => {
    for (const each of [optimizer, model, loss.center!, images, labels]) each.dispose();
  };
  return { load, step, state, dispose };
}

test('captured and eager training steps agree bit for bit, and a replay allocates nothing', async () => {
  const device = await testDevice();
  const empty = device.memory().liveBytes;
  const eager = trainer(device);
  const start = device.memory();
  const results: Uint32Array[][] = [];
  for (let i = 0; i < STEPS; i++) {
    eager.load(i);
    const parts = eager.step();
    results.push(await Promise.all(Object.values(parts).map(bitsOf)));
    for (const part of Object.values(parts)) part.dispose();
    expect(device.memory()).toMatchObject({ liveBytes: start.liveBytes, byOwner: start.byOwner });
  }
  const expected = await eager.state();
  eager.dispose();
  expect(device.memory().liveBytes).toBe(empty);

  const captured = trainer(device);
  const recording = await device.capture(captured.step);
  expect(recording.dispatches).toBeLessThan(1000);
  captured.load(0);
  recording.run();
  await device.sync();
  const [stats, memory] = [{ ...device.stats }, device.memory()];
  for (let i = 0; i < STEPS; i++) {
    captured.load(i);
    // step 0 has run already
    const parts = i === 0 ? recording.outputs : recording.run();
    expect(await Promise.all(Object.values(parts).map(bitsOf))).toEqual(results[i]);
  }
  for (const [i, bits] of (await captured.state()).entries()) {
    expect(firstDifference(bits, expected[i]!)).toBe(-1);
  }
  const { buffersCreated, bindGroupsCreated, pipelinesCreated } = stats;
  expect(device.stats).toMatchObject({ buffersCreated, bindGroupsCreated, pipelinesCreated });
  // the state was read meanwhile, through staging buffers that count while they live
  const { peakGpuBytes } = device.memory();
  expect(device.memory()).toEqual({ ...memory, peakGpuBytes });

  for (const part of Object.values(recording.outputs)) part.dispose();
  recording.dispose();
  captured.dispose();
  expect(device.memory().liveBytes).toBe(empty);
});
