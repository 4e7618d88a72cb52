import { expect, test, vi } from 'vitest';
import { Device } from '../../src/gpu/device.ts';
import { DeviceLostError } from '../../src/gpu/errors.ts';
import { Linear } from '../../src/layers/linear.ts';
import { tensor, zeros } from '../../src/tensor/create.ts';
import { exp } from '../../src/tensor/ops/unary.ts';
import { openDevice, testDevice } from '../support/device.ts';

test('destroy() resolves `lost`, and every later call throws DeviceLostError', async () => {
  const device = await openDevice();
  const x = tensor(device, [1, 2]);
  const model = new Linear(2, 3).to(device);
  const recording = await device.capture(() => exp(x));
  recording.run();
  await device.sync();
  device.destroy();
  const { reason } = await device.lost;
  expect(reason).toBe('destroyed');
  expect(() => exp(x)).toThrow(
    'the GPU device was lost (destroyed: destroy() was called). Create a new device with createDevice() and ' +
      'load the last checkpoint into a new model',
  );
  expect(() => zeros(device, [3])).toThrow(DeviceLostError);
  expect(() => x.write([3, 4])).toThrow(DeviceLostError);
  expect(() => model.call(x)).toThrow(DeviceLostError);
  expect(() => device.flush()).toThrow(DeviceLostError);
  expect(() => recording.run()).toThrow(DeviceLostError);
  await expect(x.data()).rejects.toThrow(DeviceLostError);
  await expect(device.sync()).rejects.toThrow(DeviceLostError);
  await expect(device.capture(() => exp(x))).rejects.toThrow(DeviceLostError);
  await expect(model.stateDict()).rejects.toThrow(DeviceLostError);
  device.destroy();
});

test('pending waits reject when the device is lost', async () => {
  const device = await openDevice();
  const x = tensor(device, [1, 2]);
  const read = expect(exp(x).data()).rejects.toThrow(DeviceLostError);
  const waiting = expect(device.sync()).rejects.toThrow(DeviceLostError);
  const capture = expect(device.capture(() => exp(exp(x)))).rejects.toThrow(DeviceLostError);
  device.gpu.destroy(); // not by us
  await Promise.all([read, waiting, capture]);
  await device.lost;
  expect(() => exp(x)).toThrow(DeviceLostError);
});

test('a loss that the system reports is forwarded with its reason and message', async () => {
  // WebGPU has no way to provoke one, so here the promise of a real device is replaced
  const original = await openDevice();
  const { gpu } = original;
  let lose: (info: GPUDeviceLostInfo) => void = () => {};
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    lose = resolve;
  });
  vi.spyOn(gpu, 'lost', 'get').mockReturnValue(lost);
  const device = new Device(gpu, 'a device that is lost');
  const x = tensor(device, [1]);
  lose({ __brand: 'GPUDeviceLostInfo', reason: 'unknown', message: 'the driver was reset' });
  expect(await device.lost).toEqual({ reason: 'unknown', message: 'the driver was reset' });
  expect(() => exp(x)).toThrow(/lost \(unknown: the driver was reset\)/);
  original.destroy();
});

test('other devices are not affected', async () => {
  const first = await openDevice();
  const second = await testDevice();
  first.destroy();
  await first.lost;
  expect(await exp(tensor(second, [0])).item()).toBe(1);
});
