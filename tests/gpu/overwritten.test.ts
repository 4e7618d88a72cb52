import { expect, test } from 'vitest';
import { addInPlace, fillWith } from '../../src/tensor/accumulate.ts';
import { add } from '../../src/tensor/ops/binary.ts';
import { empty, Tensor } from '../../src/tensor/tensor.ts';
import { openDevice } from '../support/device.ts';

/** Two adjacent ranges of 64 values, the whole of both, and another tensor. */
async function ranges() {
  const device = await openDevice();
  const whole = empty(device, [128]);
  const part = (at: number) => new Tensor(device, [64], 'f32', whole.storage.retain(), 256 * at);
  const overwrite = (...targets: Tensor[]) => {
    const before = device.stats.dispatches;
    for (const target of targets) device.upload(target, new Float32Array(target.size).fill(9));
    device.flush();
    return device.stats.dispatches - before;
  };
  return { device, whole, first: part(0), second: part(1), other: empty(device, [64]), overwrite };
}

test('dispatches that only fill a range that is overwritten are dropped', async () => {
  const { device, whole, first, second, other, overwrite } = await ranges();
  fillWith(other, 5);
  fillWith(first, 1);
  fillWith(first, 3);
  fillWith(second, 2);
  expect(overwrite(first)).toBe(2);
  const values = await whole.data();
  expect([values[0], values[64], (await other.data())[0]]).toEqual([9, 2, 5]);
  device.destroy();
});

test('a dispatch is dropped only if it fills exactly the range that is overwritten', async () => {
  const { device, whole, first, second, overwrite } = await ranges();
  fillWith(whole, 1);
  expect(overwrite(second)).toBe(1);
  const values = await whole.data();
  expect([values[0], values[64]]).toEqual([1, 9]);
  fillWith(first, 3);
  expect(overwrite(whole)).toBe(1);
  expect((await first.data())[0]).toBe(9);
  device.destroy();
});

test('what does not use the range is submitted later', async () => {
  const { device, first, second } = await ranges();
  fillWith(second, 2);
  device.upload(first, new Float32Array(64));
  expect(device.recorded.length).toBe(1);
  fillWith(first, 3);
  fillWith(second, 4);
  expect([(await first.data())[0], (await second.data())[0]]).toEqual([3, 4]);
  device.destroy();
});

test('what a later dispatch reads is kept, with what that one needs', async () => {
  const { device, first, other, overwrite } = await ranges();
  fillWith(first, 1);
  fillWith(other, 2);
  addInPlace(first, other);
  const sum = add(first, other); // 3 + 2
  fillWith(other, 4); // the only one without effect
  expect(overwrite(other, first)).toBe(4);
  expect((await sum.data())[0]).toBe(5);
  device.destroy();
});

test('inside a capture, which is replayed, nothing is dropped', async () => {
  const { device, first, overwrite } = await ranges();
  const work = () => {
    fillWith(first, 1);
    overwrite(first);
  };
  await expect(device.capture(work)).rejects.toThrow('written by the host inside capture()');
  const capture = await device.capture(() => fillWith(first, 1));
  overwrite(first);
  capture.run();
  expect((await first.data())[0]).toBe(1);
  device.destroy();
});
