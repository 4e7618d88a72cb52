import { expect, test, vi } from 'vitest';
import { ConvNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { tensor, zeros } from '../../src/tensor/create.ts';
import { exp } from '../../src/tensor/ops/unary.ts';
import { openDevice } from '../support/device.ts';

const MEBIBYTE = 2 ** 20;

test('the staging buffer of a read is counted while it exists, and freed after the read', async () => {
  using device = await openDevice();
  const made = vi.spyOn(device.gpu, 'createBuffer');
  using x = zeros(device, [MEBIBYTE / 4]);
  await device.sync();
  const before = device.memory().gpuBytes;
  const reading = x.data();
  expect(device.memory().gpuBytes).toBe(before + MEBIBYTE);
  await reading;
  expect(device.memory()).toMatchObject({ gpuBytes: before, peakGpuBytes: before + MEBIBYTE });
  const last = made.mock.lastCall?.[0];
  expect([last?.size, last?.usage]).toEqual([MEBIBYTE, 9]);
});

test('small staging buffers are reused without accumulating, and trim() frees them', async () => {
  using device = await openDevice();
  const several = Array.from({ length: 100 }, (_, i) => zeros(device, [i + 1]));
  await device.sync();
  const held = device.memory().gpuBytes;
  const made = vi.spyOn(device.gpu, 'createBuffer');
  for (let i = 0; i < 10; i++) await several[0]?.item();
  expect(made).toHaveBeenCalledTimes(1);
  await Promise.all(several.map((one) => one.data()));
  expect(device.memory().gpuBytes - held).toBeLessThanOrEqual(4096);
  device.trim();
  expect(device.memory().gpuBytes).toBe(held);
});

test.each(['dispose, then destroy', 'destroy, then dispose'])('nothing is left: %s', async (order) => {
  const device = await openDevice();
  const model = new ConvNormActivation(3, 8, 3).to(device).eval();
  const x = tensor(device, new Float32Array(2 * 32 * 32 * 3), { shape: [2, 32, 32, 3] });
  const y = model.call(x);
  await y.data();
  const recording = await device.capture(() => exp(x));
  recording.run();
  exp(y).dispose(); // recorded, never run
  const dispose = () => {
    for (const one of [recording, model, x, y]) one.dispose();
  };
  if (order.startsWith('dispose')) dispose();
  device.destroy();
  if (order.startsWith('destroy')) dispose();
  expect(device.memory()).toMatchObject({ liveBytes: 0, liveStorages: 0, byOwner: {}, gpuBytes: 0 });
});
