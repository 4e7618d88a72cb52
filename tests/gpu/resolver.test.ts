import { expect, test } from 'vitest';
import { Linear } from '../../src/layers/linear.ts';
import { backward } from '../../src/tensor/backward.ts';
import { full, ones, tensor, zeros } from '../../src/tensor/create.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { concat } from '../../src/tensor/ops/concat.ts';
import { conv2d } from '../../src/tensor/ops/conv2d.ts';
import { gatherRows } from '../../src/tensor/ops/gather.ts';
import { matmul } from '../../src/tensor/ops/matmul.ts';
import { neg } from '../../src/tensor/ops/unary.ts';
import { where } from '../../src/tensor/ops/where.ts';
import { scope } from '../../src/tensor/scope.ts';
import { empty } from '../../src/tensor/tensor.ts';
import { openDevice, testDevice } from '../support/device.ts';

/** Submissions are counted, so slow work must not be split into several. */
const unsplit = { submitBudgetMs: Number.POSITIVE_INFINITY };

test('operations only record; a flush submits them in one pass', async () => {
  using device = await openDevice(unsplit);
  const x = tensor(device, [1, 2, 3]);
  await device.sync();
  const before = { ...device.stats };
  const y = mul(add(x, x), x);
  expect(device.stats).toEqual(before);
  device.flush();
  const { submits, passes, dispatches } = device.stats;
  expect([submits, passes, dispatches]).toEqual([
    before.submits + 1,
    before.passes + 1,
    before.dispatches + 2,
  ]);
  device.flush();
  expect(device.stats.submits).toBe(submits);
  expect([...(await y.data())]).toEqual([2, 8, 18]);
});

test('a read submits all recorded work in order', async () => {
  using device = await openDevice(unsplit);
  const x = tensor(device, [1, 2]);
  const before = device.stats.submits;
  let y = neg(x);
  for (let i = 0; i < 5; i++) y = add(y, x);
  expect(device.stats.submits).toBe(before);
  expect([...(await y.data())]).toEqual([4, 8]);
  expect(device.stats.submits).toBe(before + 1);
});

test('a long recording submits by itself, so that the GPU does not wait', async () => {
  using device = await openDevice(unsplit);
  const x = tensor(device, [1]);
  await device.sync();
  const before = device.stats.submits;
  const y = scope(() => {
    let sum = zeros(device, [1]);
    for (let i = 0; i < 1200; i++) sum = add(sum, x);
    return sum;
  });
  expect(device.stats.submits).toBe(before + 2);
  expect(await y.item()).toBe(1200);
});

test('a write by the host takes effect after the commands recorded before it and before those that follow', async () => {
  const device = await testDevice();
  const x = tensor(device, [1, 2]);
  const before = add(x, x);
  x.write([10, 20]);
  const after = add(x, x);
  expect([...(await before.data()), ...(await after.data())]).toEqual([2, 4, 20, 40]);
});

test('the same work again finds its pipelines, buffers and, in the end, bind groups', async () => {
  using device = await openDevice();
  const x = tensor(device, [1, 2, 3]);
  const step = async () => {
    using y = scope(() => mul(neg(add(x, 1)), x));
    expect([...(await y.data())]).toEqual([-2, -6, -12]);
  };
  // free buffers alternate, so it takes several rounds until each operation has used each of them
  for (let i = 0; i < 12; i++) await step();
  const { pipelinesCreated, buffersCreated, bindGroupsCreated } = device.stats;
  for (let i = 0; i < 12; i++) await step();
  expect(device.stats).toMatchObject({ pipelinesCreated, buffersCreated, bindGroupsCreated });
});

test('the buffer of an unreferenced result is reused by a later one', async () => {
  using device = await openDevice();
  const size = 100_000;
  const x = full(device, [size], 1);
  await device.sync();
  const before = device.stats.buffersCreated;
  const y = scope(() => {
    let value = x;
    for (let i = 0; i < 30; i++) value = add(value, x);
    return value;
  });
  const data = await y.data();
  expect([data[0], data[size - 1]]).toEqual([31, 31]);
  expect(device.stats.buffersCreated - before).toBe(2);
});

test('live bytes are counted by owner and return to where they were', async () => {
  using device = await openDevice();
  expect(device.memory()).toMatchObject({ liveBytes: 0, liveStorages: 0, byOwner: {} });
  const a = zeros(device, [64]);
  const b = device.withOwner('optimizer', () => zeros(device, [100]));
  const c = device.withOwner('data', () => zeros(device, [3]));
  expect(device.memory()).toMatchObject({
    liveBytes: 256 + 400 + 16,
    liveStorages: 3,
    byOwner: { tensor: 256, optimizer: 400, data: 16 },
  });
  const alias = a.detach();
  a.dispose();
  expect(device.memory().byOwner.tensor).toBe(256);
  for (const tensor of [alias, b, c]) tensor.dispose();
  expect(device.memory()).toMatchObject({ liveBytes: 0, liveStorages: 0, byOwner: {} });
  await device.sync();
  const { gpuBytes, peakGpuBytes } = device.memory();
  expect(gpuBytes).toBeGreaterThan(0);
  device.trim();
  expect(device.memory()).toMatchObject({ gpuBytes: 0, peakGpuBytes });
});

test('tensors of two devices are rejected, whether or not they have been written, and both devices keep working', async () => {
  const device = await testDevice();
  using other = await openDevice();
  const written = ones(other, [4, 4]);
  await other.sync();
  const pending = ones(other, [4, 4]);
  const x = ones(device, [4, 4]);
  const flag = ones(device, [4], 'u32');
  const kernel = ones(other, [1, 1, 4, 4]);
  const model = new Linear(4, 2).to(other);
  const elsewhere = (what: string) => new RegExp(`^${what} is on another device. Create it on this one.$`);
  for (const there of [written, pending]) {
    expect(() => add(x, there)).toThrow(elsewhere('add: b'));
    expect(() => where(flag, x, there)).toThrow(elsewhere('where: b'));
    expect(() => matmul(x, there)).toThrow(elsewhere('matmul: \\w+'));
    expect(() => concat([x, there], 0)).toThrow(elsewhere('concat: x'));
    expect(() => gatherRows(there, flag)).toThrow(elsewhere('gatherRows: indices'));
  }
  expect(() => conv2d(ones(device, [1, 2, 2, 4]), kernel)).toThrow(elsewhere('conv2d: \\w+'));
  expect(() => model.call(x)).toThrow(elsewhere('linear: \\w+'));
  await expect(device.read([x, written])).rejects.toThrow(elsewhere('this tensor'));
  expect(() => device.upload(pending, new Float32Array(16))).toThrow(elsewhere('this tensor'));
  const leaf = tensor(device, [1, 2], { requiresGrad: true });
  expect(() => backward(add(leaf, 1), { gradient: ones(other, [2]) })).toThrow(elsewhere('copy: x'));
  expect((await add(x, 1).data())[15]).toBe(2);
  expect((await add(pending, 1).data())[15]).toBe(2);
});

test('copy() is ordered with recorded work, keeps bits, and rejects what WebGPU cannot copy', async () => {
  const device = await testDevice();
  using other = await openDevice();
  const x = tensor(device, Uint32Array.of(0x7fc00001, 2, 3));
  const y = zeros(device, [3], 'u32');
  device.copy(x, y);
  expect([...(await y.data())]).toEqual([0x7fc00001, 2, 3]);
  const a = tensor(device, [1, 2]);
  const sum = add(a, a);
  const before = mul(a, 1);
  device.copy(sum, a);
  expect([...(await a.data()), ...(await before.data())]).toEqual([2, 4, 1, 2]);
  expect(() => device.copy(x, a)).toThrow('copy: the ranges differ in size (got 12 and 8 bytes)');
  expect(() => device.copy(a, a.detach())).toThrow('copy: both ranges are in the same buffer');
  expect(() => device.copy(empty(device, [2]), a)).toThrow('copy: nothing was written to tensor yet');
  expect(() => device.copy(a, zeros(other, [2]))).toThrow('is on another device');
  expect(() => device.copy(ones(other, [2]), a)).toThrow('is on another device');
});
