import { describe, expect, test, vi } from 'vitest';
import { DeviceLimitError } from '../../src/gpu/errors.ts';
import * as kernels from '../../src/kernels/index.ts';
import { Linear } from '../../src/layers/linear.ts';
import { full, tensor, zeros } from '../../src/tensor/create.ts';
import { add } from '../../src/tensor/ops/binary.ts';
import { matmul } from '../../src/tensor/ops/matmul.ts';
import { scope } from '../../src/tensor/scope.ts';
import { empty } from '../../src/tensor/tensor.ts';
import { limitedDevice, openDevice, testDevice } from '../support/device.ts';

test('a tensor over the limit is rejected by name before anything is created or run', async () => {
  const device = await testDevice();
  await device.sync();
  const limit = device.limits.maxStorageBufferBindingSize;
  const [stats, memory] = [{ ...device.stats }, device.memory()];
  const tooLarge = [limit / 4 + 1];
  expect(() => zeros(device, tooLarge)).toThrow(DeviceLimitError);
  expect(() => empty(device, tooLarge, 'f32', 'batchNorm')).toThrow(
    `batchNorm: needs ${limit + 4} bytes in one buffer, but this adapter (${device.description}) binds at most ` +
      `${limit}. Use a smaller batch or input side.`,
  );
  expect(device.memory()).toEqual(memory);
  expect(device.stats).toEqual(stats);
});

test("an operation's result over the limit is rejected, and its inputs do not change", async () => {
  const device = await testDevice();
  const side = Math.ceil(Math.sqrt(device.limits.maxStorageBufferBindingSize / 4)) + 1;
  using column = zeros(device, [side, 1]);
  using row = zeros(device, [1, side]);
  await device.sync();
  const [stats, memory] = [{ ...device.stats }, device.memory()];
  expect(() => scope(() => matmul(column, row))).toThrow(DeviceLimitError);
  expect(device.memory()).toEqual(memory);
  await device.sync();
  expect(device.stats).toEqual(stats);
});

test('a dispatch over the limit is rejected by name and records nothing', async () => {
  const device = await testDevice();
  using y = zeros(device, [64]);
  await device.sync();
  const { dispatches } = device.stats;
  const limit = device.limits.maxComputeWorkgroupsPerDimension;
  const fill = (size: { threads: [number, number, number] } | { workgroups: [number, number, number] }) =>
    device.dispatch(kernels.fill, {
      label: 'fill',
      bind: { y },
      params: { count: 64, bits: 0 },
      ...size,
    });
  expect(() => fill({ workgroups: [1, limit + 1, 1] })).toThrow(DeviceLimitError);
  const [x] = kernels.fill.workgroupSize;
  expect(() => fill({ threads: [x * limit + 1, 1, 1] })).toThrow(
    `fill: needs ${limit + 1} x 1 x 1 workgroups, but this adapter allows ${limit} per dimension. Use a smaller batch.`,
  );
  await device.sync();
  expect(device.stats.dispatches).toBe(dispatches);
});

test('more threads than one dimension of workgroups allows are spread over two', async () => {
  using device = await openDevice();
  const [width] = kernels.fill.workgroupSize;
  const size = device.limits.maxComputeWorkgroupsPerDimension * width + 1;
  using y = zeros(device, [size]);
  device.dispatch(kernels.fill, {
    label: 'fill',
    bind: { y },
    params: { count: size, bits: 7 },
    threads: size,
  });
  const words = new Uint32Array((await y.data()).buffer);
  expect([words[0], words[size - 2], words[size - 1]]).toEqual([7, 7, 7]);
});

describe('a tensor as large as the device can bind', () => {
  const limit = 4 * 1003; // not a multiple of 16, so that rounding up would exceed the limit

  test.each([limit, limit - 4, limit - 12])('%d bytes', async (bytes) => {
    using device = await limitedDevice({ maxStorageBufferBindingSize: limit });
    const bound = vi.spyOn(device.gpu, 'createBindGroup');
    const values = Float32Array.from({ length: bytes / 4 }, (_, i) => i);
    using x = tensor(device, values);
    using y = add(x, x);
    expect([...(await y.data())]).toEqual([...values].map((v) => 2 * v));
    const sizes = bound.mock.calls.flatMap(([{ entries }]) =>
      [...entries].map(({ resource }) => (resource as GPUBufferBinding).size ?? 0),
    );
    expect(Math.max(...sizes)).toBe(Math.min(limit, Math.ceil(bytes / 16) * 16));
  });

  test('one more element is rejected', async () => {
    using device = await limitedDevice({ maxStorageBufferBindingSize: limit });
    expect(() => empty(device, [limit / 4 + 1], 'f32', 'large')).toThrow(
      `large: needs ${limit + 4} bytes in one buffer, but this adapter (a limited device) binds at most ${limit}.`,
    );
  });

  test('or holds in one buffer', async () => {
    using device = await limitedDevice({ maxBufferSize: 1000 });
    const values = Float32Array.from({ length: 250 }, (_, i) => i);
    using x = tensor(device, values);
    using y = add(x, x);
    expect([...(await y.data())]).toEqual([...values].map((v) => 2 * v));
    expect(() => zeros(device, [251])).toThrow(DeviceLimitError);
    expect(() => new Linear(20, 20).to(device)).toThrow(/parameters: needs \d+ bytes in one buffer/);
  });
});

test('a read larger than one buffer is split, and returns the values at the time of the call', async () => {
  using device = await limitedDevice({ maxBufferSize: 1024 });
  const tensors = Array.from({ length: 7 }, (_, i) => full(device, [60 + i], i));
  const reading = device.read(tensors);
  for (const one of tensors) one.write(new Float32Array(one.size));
  const copies = await reading;
  copies.forEach((bytes, i) => {
    expect([...new Float32Array(bytes)]).toEqual(new Array(60 + i).fill(i));
  });
});

describe('a tensor larger than one staging buffer is read in pieces', () => {
  const size = 1000; // four pieces of 1,024 bytes
  const values = Float32Array.from({ length: size }, (_, i) => i);

  test('of which two exist at a time, are counted and are freed', async () => {
    using device = await limitedDevice({ maxBufferSize: 4096 });
    using x = tensor(device, values);
    await device.sync();
    device.trim();
    const { gpuBytes } = device.memory();
    vi.spyOn(device.gpu, 'limits', 'get').mockReturnValue(withMaxBufferSize(device, 1024));
    const made = vi.spyOn(device.gpu, 'createBuffer');
    const reading = x.data();
    expect(device.memory().gpuBytes).toBe(gpuBytes + 2 * 1024);
    expect([...(await reading)]).toEqual([...values]);
    expect(Math.max(...made.mock.calls.map(([{ size }]) => size))).toBe(1024);
    device.trim();
    expect(device.memory().gpuBytes).toBe(gpuBytes);
  });

  const later: [
    string,
    (device: Awaited<ReturnType<typeof limitedDevice>>, x: ReturnType<typeof full>) => void,
  ][] = [
    ['write()', (_, x) => x.write(new Float32Array(size))],
    [
      'an operation',
      (device, x) => {
        using two = full(device, [size], 2);
        device.copy(two, x);
      },
    ],
    [
      'dispose() and reuse of its memory',
      (device, x) => {
        x.dispose();
        full(device, [size], 3);
        device.flush();
      },
    ],
    [
      'dispose() and trim()',
      (device, x) => {
        x.dispose();
        device.trim();
      },
    ],
  ];
  test.each(later)('as it was before %s', async (_, change) => {
    using device = await limitedDevice({ maxBufferSize: 4096 });
    const x = tensor(device, values);
    using two = full(device, [size], 2);
    await device.sync();
    await two.data();
    vi.spyOn(device.gpu, 'limits', 'get').mockReturnValue(withMaxBufferSize(device, 1024));
    const reading = x.data();
    vi.spyOn(device.gpu, 'limits', 'get').mockReturnValue(withMaxBufferSize(device, 4096));
    change(device, x);
    expect([...(await reading)]).toEqual([...values]);
  });

  test('together with other tensors, in the order of the call', async () => {
    using device = await limitedDevice({ maxBufferSize: 4096 });
    const several = [3, 300, 1, 900, 256].map((count, i) => full(device, [count], i + 1));
    await device.sync();
    vi.spyOn(device.gpu, 'limits', 'get').mockReturnValue(withMaxBufferSize(device, 1024));
    const copies = await device.read(several);
    copies.forEach((bytes, i) => {
      expect([...new Float32Array(bytes)]).toEqual(new Array(several[i]!.size).fill(i + 1));
    });
  });

  function withMaxBufferSize(device: Awaited<ReturnType<typeof limitedDevice>>, maxBufferSize: number) {
    const { limits } = device;
    return new Proxy(limits, {
      get: (_, name) => (name === 'maxBufferSize' ? maxBufferSize : Reflect.get(limits, name, limits)),
    });
  }
});
