import { describe, expect, test, vi } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { Kernel } from '../../src/gpu/kernel.ts';
import { Hardswish } from '../../src/layers/activations.ts';
import { Dropout } from '../../src/layers/dropout.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import { Adam } from '../../src/optim/adam.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { full, tensor } from '../../src/tensor/create.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { exp } from '../../src/tensor/ops/unary.ts';
import { scope } from '../../src/tensor/scope.ts';
import { empty } from '../../src/tensor/tensor.ts';
import { MovingAverage } from '../../src/train/moving-average.ts';
import { bitsOf } from '../support/bits.ts';
import { openDevice, testDevice } from '../support/device.ts';

/** A small training step with everything that changes between steps. */
function trainer(device: Device) {
  const model = new Sequential(new Linear(6, 8), new Hardswish(), new Dropout(0.2), new Linear(8, 3));
  model.to(device, { seed: 3 });
  const optimizer = new Adam(model, { learningRate: 0.01, clipNorm: 5 });
  const entropy = new CrossEntropyLoss();
  const x = full(device, [4, 6], 0);
  const labels = tensor(device, Uint32Array.of(0, 1, 2, 1));
  const step = () =>
    scope(() => {
      model.zeroGrad();
      const loss = entropy.call(model.call(x), labels);
      backward(loss);
      const norm = optimizer.step();
      return { loss, norm };
    });
  const load = (i: number) => x.write(Float32Array.from({ length: 24 }, (_, j) => Math.sin(i % 7) + j / 24));
  return { model, optimizer, load, step };
}

test('replays and eager steps agree bit for bit', async () => {
  const device = await testDevice();
  const eager = trainer(device);
  const captured = trainer(device);
  const recording = await device.capture(captured.step);
  for (let i = 0; i < 6; i++) {
    if (i === 3) for (const { optimizer } of [eager, captured]) optimizer.learningRate = 0.002;
    eager.load(i);
    captured.load(i);
    const expected = eager.step();
    const { loss, norm } = recording.run();
    expect(await bitsOf(loss)).toEqual(await bitsOf(expected.loss));
    expect(await bitsOf(norm)).toEqual(await bitsOf(expected.norm));
  }
  const { parameters, gradients } = captured.model.arenas;
  expect(await bitsOf(parameters.flat)).toEqual(await bitsOf(eager.model.arenas.parameters.flat));
  expect(await bitsOf(gradients.flat)).toEqual(await bitsOf(eager.model.arenas.gradients.flat));
  recording.dispose();
});

test('an input that was not written before the capture and is used late in it keeps the values written by the host', async () => {
  const device = await testDevice();
  const x = tensor(device, [1, 2, 3, 4]);
  const late = empty(device, [4]);
  // the buffers of the first results are free again when `late` is first used
  const recording = await device.capture(() => scope(() => add(exp(mul(exp(mul(x, 0)), 0)), late)));
  for (const value of [5, 7]) {
    late.write([value, value, value, value]);
    expect([...(await recording.run().data())]).toEqual(new Array(4).fill(value + 1));
  }
  recording.dispose();
});

test('200 replayed steps create nothing and use no more memory than the first', async () => {
  // submissions are counted, so slow work must not be split into several
  using device = await openDevice({ submitBudgetMs: Number.POSITIVE_INFINITY });
  const start = device.memory().liveBytes;
  const { model, optimizer, load, step } = trainer(device);
  const recording = await device.capture(step);
  load(0);
  const first = await recording.run().loss.item();
  const stats = { ...device.stats };
  const memory = device.memory();
  const losses: number[] = [];
  for (let i = 1; i <= 200; i++) {
    load(i);
    const { loss } = recording.run();
    if (i % 50 === 0) losses.push(await loss.item());
  }
  await device.sync();
  expect(device.stats.buffersCreated).toBe(stats.buffersCreated);
  expect(device.stats.bindGroupsCreated).toBe(stats.bindGroupsCreated);
  expect(device.stats.pipelinesCreated).toBe(stats.pipelinesCreated);
  expect(device.stats.submits).toBe(stats.submits + 200);
  expect(device.stats.passes).toBe(stats.passes + 200);
  expect(device.stats.dispatches).toBe(stats.dispatches + 200 * recording.dispatches);
  expect(device.memory()).toEqual(memory);
  expect(losses.at(-1)).toBeLessThan(first);

  const { loss, norm } = recording.outputs;
  recording.dispose();
  for (const tensor of [loss, norm]) tensor.dispose();
  optimizer.dispose();
  model.dispose();
  // the input (96 bytes) and the labels (16) are left
  expect(device.memory().liveBytes).toBe(start + 112);
});

describe('the memory of a recording', () => {
  test('is a few buffers, reused by lifetime', async () => {
    using device = await openDevice();
    const x = full(device, [50_000], 1);
    await device.sync();
    const before = device.stats.buffersCreated;
    const recording = await device.capture(() =>
      scope(() => {
        let value = x;
        for (let i = 0; i < 40; i++) value = add(value, x);
        return value;
      }),
    );
    expect(recording.dispatches).toBe(40);
    // one is read while the next is written
    expect(device.stats.buffersCreated - before).toBe(2);
    for (let i = 0; i < 2; i++) expect((await recording.run().data())[49_999]).toBe(41);
  });

  test('is not shared with eager work between replays', async () => {
    const device = await testDevice();
    const x = full(device, [1000], 2);
    const recording = await device.capture(() => scope(() => mul(exp(x), exp(x))));
    const [expected] = await recording.run().data();
    for (let i = 0; i < 20; i++) scope(() => add(x, i));
    expect((await recording.run().data())[0]).toBe(expected);
    // eager work on the output reads the latest run
    const eager = add(recording.outputs, 1);
    expect((await eager.data())[0]).toBe(Math.fround((expected as number) + 1));
    recording.dispose();
  });

  test('is freed by dispose(), after which the recording and its outputs throw', async () => {
    using device = await openDevice();
    const x = full(device, [5000], 1);
    await device.sync();
    const { gpuBytes } = device.memory();
    const recording = await device.capture(() => exp(x));
    const y = recording.run();
    await y.data();
    expect(device.memory().gpuBytes).toBeGreaterThan(gpuBytes);
    recording.dispose();
    recording.dispose();
    expect(device.memory().gpuBytes).toBe(gpuBytes);
    expect(() => recording.run()).toThrow('this capture was disposed; record it again');
    await expect(recording.profile()).rejects.toThrow('this capture was disposed');
    await expect(y.data()).rejects.toThrow(
      'exp: its capture was disposed. Use its outputs before dispose().',
    );
    expect(() => add(y, 1)).toThrow('exp: its capture was disposed');
    expect(() => y.write(new Float32Array(5000))).toThrow('exp: its capture was disposed');
    y.dispose();
  });

  test('is freed after the work that was recorded on its outputs', async () => {
    const device = await testDevice();
    const x = full(device, [8], 1);
    const recording = await device.capture(() => scope(() => add(x, 1)));
    const y = add(recording.run(), 1);
    recording.dispose();
    expect([...(await y.data())]).toEqual(new Array(8).fill(3));
  });

  test('can be freed inside another capture and after the device is lost', async () => {
    const device = await openDevice();
    const x = full(device, [8], 1);
    const [first, second] = [await device.capture(() => exp(x)), await device.capture(() => exp(x))];
    const third = await device.capture(() => {
      first.dispose();
      return add(x, 1);
    });
    expect((await third.run().data())[7]).toBe(2);
    device.destroy();
    second.dispose();
  });

  test('is not counted once it is freed, even if its outputs are held', async () => {
    using device = await openDevice();
    const x = full(device, [64], 1);
    const { liveBytes, liveStorages } = device.memory();
    for (let i = 0; i < 3; i++) {
      const recording = await device.capture(() => scope(() => [exp(x), add(x, 1)]));
      recording.run();
      expect(device.memory()).toMatchObject({ liveBytes: liveBytes + 512, byOwner: { capture: 512 } });
      recording.dispose();
      expect(device.memory()).toMatchObject({ liveBytes, liveStorages, byOwner: { tensor: liveBytes } });
      for (const output of recording.outputs) output.dispose();
      expect(device.memory()).toMatchObject({ liveBytes, liveStorages });
    }
  });

  test('that another recording uses is not freed before that recording', async () => {
    const device = await testDevice();
    const x = full(device, [8], 1);
    const first = await device.capture(() => scope(() => add(x, 1)));
    const second = await device.capture(() => scope(() => mul(first.outputs, 3)));
    first.run();
    expect((await second.run().data())[7]).toBe(6);
    first.dispose();
    const reason = 'add: its capture was disposed. Use its outputs before dispose().';
    expect(() => second.run()).toThrow(reason);
    await expect(second.profile()).rejects.toThrow(reason);
    second.dispose();
    await device.sync();
  });
});

test('an input that was disposed outside stays alive for the replays', async () => {
  using device = await openDevice();
  const x = full(device, [7000], 3);
  const recording = await device.capture(() => mul(x, x));
  x.dispose();
  // x's buffer is the only one that could be reused
  using other = full(device, [7000], 1);
  await other.data();
  expect(new Set(await recording.run().data())).toEqual(new Set([9]));
  recording.outputs.dispose();
  recording.dispose();
  expect(device.memory().liveBytes).toBe(other.storage.byteLength);
});

test('pipelines are compiled in parallel and asynchronously, each once', async () => {
  using device = await openDevice();
  const now = vi.spyOn(device.gpu, 'createComputePipeline');
  const later = vi.spyOn(device.gpu, 'createComputePipelineAsync');
  const x = empty(device, [8]);
  const before = device.stats.pipelinesCreated;
  const recording = await device.capture(() => add(exp(exp(x)), mul(x, x)));
  expect(later).toHaveBeenCalledTimes(3);
  recording.run();
  await device.sync();
  expect(now).not.toHaveBeenCalled();
  expect(device.stats.pipelinesCreated).toBe(before + 3);
  await device.capture(() => exp(x));
  expect(later).toHaveBeenCalledTimes(3);
});

describe('operations that cannot be recorded', () => {
  test('reads, flushes, writes to recorded memory and a nested capture are rejected', async () => {
    const device = await testDevice();
    const x = tensor(device, [1, 2]);
    const recording = await device.capture(() => {
      const y = exp(x);
      expect(() => device.flush()).toThrow('cannot submit inside capture()');
      expect(() => x.write([3, 4])).toThrow('written by the host inside capture()');
      const read = expect(y.data()).rejects.toThrow(
        'cannot read a tensor inside capture(). Return it from the function and read it after run().',
      );
      const second = expect(device.capture(() => y)).rejects.toThrow('already capturing');
      return { y, checks: Promise.all([read, second]) };
    });
    await recording.outputs.checks;
    expect(await recording.run().y.data()).toEqual(await exp(x).data());
    recording.dispose();
  });

  test('writes to memory from outside the capture, which a replay would not repeat; constants are allowed', async () => {
    const device = await testDevice();
    const x = tensor(device, [1, 2]);
    using optimizer = new SGD(new Linear(2, 1).to(device), { learningRate: 0.1 });
    const average = new MovingAverage(new Linear(2, 1).to(device), 0.9);
    const writes: Record<string, () => void> = {
      write: () => x.write([3, 4]),
      learningRate: () => {
        optimizer.learningRate = 0.2;
      },
      prepare: () => average.prepare(1),
    };
    for (const write of Object.values(writes)) {
      await expect(device.capture(write)).rejects.toThrow(
        /: written by the host inside capture\(\)\. Write before or after capture\(\)\.$/,
      );
    }
    expect(optimizer.learningRate).toBe(0.1);
    const recording = await device.capture(() => scope(() => mul(x, tensor(device, [5, 6]))));
    expect([...(await recording.run().data())]).toEqual([5, 12]);
    x.write([3, 4]);
    expect([...(await recording.run().data())]).toEqual([15, 24]);
    recording.dispose();
    average.dispose();
  });

  test('work on another device is rejected, and may be captured there', async () => {
    const device = await testDevice();
    using other = await openDevice();
    const x = tensor(device, [1, 2]);
    const there = tensor(other, [3, 4]);
    await expect(device.capture(() => exp(there))).rejects.toThrow(
      'exp: x is on another device. Create it on this one.',
    );
    const recording = await device.capture(() => ({
      y: mul(x, 2),
      inner: other.capture(() => mul(there, 2)),
    }));
    const inner = await recording.outputs.inner;
    expect([...(await inner.run().data())]).toEqual([6, 8]);
    expect([...(await recording.run().y.data())]).toEqual([2, 4]);
    expect([...(await mul(there, 3).data())]).toEqual([9, 12]);
    recording.dispose();
  });

  test('an async function is rejected', async () => {
    using device = await openDevice();
    const x = full(device, [2], 1);
    const before = device.memory().liveBytes;
    const failing = device.capture(async () => {
      const y = scope(() => add(x, 1));
      await y.data().finally(() => y.dispose());
    });
    await expect(failing).rejects.toThrow(
      'capture: the function is async, but must be synchronous. Await before or after it.',
    );
    expect(device.isCapturing).toBe(false);
    expect((await add(x, 1).data())[1]).toBe(2);
    expect(device.memory().liveBytes).toBeLessThanOrEqual(before + 16);
  });

  test('a function that throws leaves nothing behind', async () => {
    using device = await openDevice();
    const x = tensor(device, [1, 2]);
    await device.sync();
    const before = device.memory().liveBytes;
    const failing = device.capture(() =>
      scope(() => {
        mul(exp(x), x);
        throw new Error('stop');
      }),
    );
    await expect(failing).rejects.toThrow('stop');
    expect(device.isCapturing).toBe(false);
    expect(device.memory().liveBytes).toBe(before);
    x.dispose();
    expect(device.memory().liveBytes).toBe(before - 16);
    device.trim(); // destroys x's buffer only if nobody holds it
    expect(device.memory().gpuBytes).toBe(0);
  });

  test('a kernel that does not compile leaves nothing behind', async () => {
    using device = await openDevice();
    const x = tensor(device, [1, 2]);
    await device.sync();
    const before = device.memory().liveBytes;
    const broken = new Kernel(
      'broken_in_capture',
      `@group(0) @binding(1) var<storage, read_write> y: array<f32>;
      @compute @workgroup_size(64) fn main() { y[0] = nothing; }`,
    );
    const failing = device.capture(() =>
      scope(() => {
        const y = exp(x);
        device.dispatch(broken, { label: 'broken', bind: { y }, threads: 2 });
      }),
    );
    await expect(failing).rejects.toThrow('broken');
    expect(device.memory().liveBytes).toBe(before);
    await device.sync();
    x.dispose();
    device.trim();
    expect(device.memory().gpuBytes).toBe(0);
  });
});
