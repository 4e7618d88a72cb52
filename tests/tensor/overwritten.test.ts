// The backward pass must read the values that the tape saved: a write in between is an error that names both.
import { describe, expect, test } from 'vitest';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { addInPlace, fillWith } from '../../src/tensor/accumulate.ts';
import { backward } from '../../src/tensor/backward.ts';
import { randn, tensor } from '../../src/tensor/create.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { reshape } from '../../src/tensor/ops/reshape.ts';
import { softmax } from '../../src/tensor/ops/softmax.ts';
import { scope } from '../../src/tensor/scope.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { MovingAverage } from '../../src/train/moving-average.ts';
import { testDevice } from '../support/device.ts';

const leaf = async (...values: number[]) => tensor(await testDevice(), values, { requiresGrad: true });
const gradient = async (x: Tensor) => [...(await x.grad!.data())];
const OVERWRITTEN = /a tensor saved for the backward pass was overwritten/;

test('names the operation, the tensor and the write', async () => {
  const x = await leaf(2);
  const y = mul(x, x);
  x.write([5]);
  expect(() => backward(y)).toThrow(
    "mul: a tensor saved for the backward pass was overwritten (input 0, 'tensor' [1]: changed by write(), expected " +
      'the values of the forward pass). Call backward() before the write, run the forward pass again after it, or ' +
      'write to a copy.',
  );
  expect(x.grad).toBeNull();
  backward(mul(x, x)); // after the write all is well
  expect(await gradient(x)).toEqual([10]);
});

describe.each<[string, (x: Tensor) => void]>([
  ['write()', (x) => x.write([5, 6])],
  ['a write through detach()', (x) => x.detach().write([5, 6])],
  ['a write through a view of another shape', (x) => x.alias([2, 1]).write([5, 6])],
  ['an operation in place', (x) => addInPlace(x, tensor(x.device, [1, 1]))],
  ['a fill', (x) => fillWith(x, 3)],
])('%s', (_, overwrite) => {
  test('into an input that was saved', async () => {
    const x = await leaf(2, 3);
    const y = sum(mul(x, x));
    overwrite(x);
    expect(() => backward(y)).toThrow(OVERWRITTEN);
  });

  test('into a result that was saved', async () => {
    const x = await leaf(2, 3);
    const y = softmax(x);
    overwrite(y);
    expect(() => backward(sum(y))).toThrow(/^softmax: .*its result/);
  });

  test('into a tensor that a view of it saved', async () => {
    const x = await leaf(2, 3);
    const y = sum(mul(reshape(x, [1, 2]), 2));
    const z = sum(mul(reshape(x, [1, 2]), reshape(x, [1, 2])));
    overwrite(x);
    backward(y); // saved no values of x
    expect(() => backward(z)).toThrow(OVERWRITTEN);
  });

  test('writes before the forward pass, after the backward pass, and into unsaved tensors are allowed', async () => {
    const x = await leaf(2, 3);
    overwrite(x);
    const values = [...(await x.data())];
    backward(sum(mul(x, x)));
    overwrite(x);
    expect(await gradient(x)).toEqual(values.map((v) => 2 * v));
    const sums = sum(add(x, x));
    overwrite(x);
    backward(sums);
    expect(await gradient(x)).toEqual(values.map((v) => 2 * v + 2));
  });
});

test('with retainGraph a write between two backward passes is detected', async () => {
  const x = await leaf(2);
  const y = mul(x, x);
  backward(y, { retainGraph: true });
  backward(y, { retainGraph: true });
  x.write([5]);
  expect(() => backward(y)).toThrow(OVERWRITTEN);
});

describe('parameters', () => {
  async function place() {
    const device = await testDevice();
    const [first, second] = [new Linear(3, 3), new Linear(3, 3)];
    const model = new Sequential(first, second).to(device, { seed: 1 });
    const forward = () => scope(() => mean(model.call(randn(device, [2, 3], { seed: 2 }))));
    return { device, model, first, second, forward };
  }

  test('an optimizer step between forward and backward is detected, and named with the layer', async () => {
    const { model, forward } = await place();
    const optimizer = new SGD(model, { learningRate: 0.1 });
    const early = forward();
    backward(forward());
    optimizer.step();
    expect(() => backward(early)).toThrow(/^1: .*'1\.weight' \[3, 3\]: changed by sgd/);
    optimizer.dispose();
    model.dispose();
  });

  test.each(['loadStateDict', 'a moving average', 'a replay'])('%s is detected', async (what) => {
    const { device, model, forward } = await place();
    const state = await model.stateDict();
    const average = new MovingAverage(model, 0.5);
    const optimizer = new SGD(model, { learningRate: 0.1 });
    const step = await device.capture(() =>
      scope(() => {
        model.zeroGrad();
        backward(forward());
        optimizer.step();
      }),
    );
    const early = forward();
    if (what === 'loadStateDict') model.loadStateDict(state);
    else if (what === 'a replay') step.run();
    else await average.within(async () => {});
    expect(() => backward(early)).toThrow(OVERWRITTEN);
    for (const each of [step, average, optimizer, model]) each.dispose();
  });

  test('a write into a neighbor in the same buffer is not an error', async () => {
    const { model, first, forward } = await place();
    const loss = forward();
    first.weight.value.write(new Float32Array(9)); // its gradient needs only x; that of the second layer is saved next to it
    expect(() => backward(loss)).not.toThrow();
    const other = forward();
    const second = model.parameters().find(({ name }) => name === '1.weight')!;
    second.value.write(new Float32Array(9));
    expect(() => backward(other)).toThrow(OVERWRITTEN);
    model.dispose();
  });

  test('running statistics are not part of the tape: a training pass before the backward pass is allowed', async () => {
    const device = await testDevice();
    const norm = new BatchNorm2d(3).to(device);
    norm.eval();
    const gradientOf = async (between: () => void) => {
      const x = randn(device, [2, 4, 4, 3], { seed: 1 });
      x.requiresGrad = true;
      const y = sum(norm.call(x));
      between();
      backward(y);
      return gradient(x);
    };
    const right = await gradientOf(() => {});
    const got = await gradientOf(() => {
      norm.train();
      norm.call(randn(device, [2, 4, 4, 3], { seed: 2 }));
    });
    expect(got).toEqual(right);
    norm.dispose();
  });
});

describe('captures', () => {
  test('recording writes nothing: an earlier tape stays valid until the replay', async () => {
    const x = await leaf(2);
    const y = mul(x, x);
    const recorded = await x.device.capture(() => fillWith(x, 7));
    backward(y, { retainGraph: true });
    recorded.run();
    expect(() => backward(y)).toThrow(/changed by a replay of a capture/);
    recorded.dispose();
  });

  test('a write between forward and backward inside the recording is detected during recording', async () => {
    const x = await leaf(2);
    await expect(
      x.device.capture(() => {
        const y = mul(x, x);
        fillWith(x, 7);
        backward(y);
      }),
    ).rejects.toThrow(OVERWRITTEN);
  });

  test('forward in one capture, backward in another: works whenever the forward pass runs again', async () => {
    const x = await leaf(2);
    const { device } = x;
    const forward = await device.capture(() => ({ y: mul(x, x) }));
    x.write([3]);
    forward.run();
    const back = await device.capture(() => backward(forward.outputs.y, { retainGraph: true }));
    x.grad!.dispose();
    for (const value of [3, 4, 5]) {
      x.write([value]);
      forward.run();
      back.run();
    }
    x.write([6]);
    expect(() => back.run()).toThrow(/mul: .*changed by write\(\)/);
    expect(() => backward(forward.outputs.y, { retainGraph: true })).toThrow(OVERWRITTEN);
    forward.run();
    back.run();
    for (const each of [forward, back]) each.dispose();
  });

  test('a recorded backward of an eager pass throws once saved tensors have changed', async () => {
    const x = await leaf(2);
    const y = mul(x, x);
    const back = await x.device.capture(() => backward(y));
    back.run();
    back.run();
    x.write([3]);
    expect(() => back.run()).toThrow(OVERWRITTEN);
    back.dispose();
  });

  test('a recorded training step can run any number of times', async () => {
    const device = await testDevice();
    const model = new Linear(3, 2).to(device);
    const optimizer = new SGD(model, { learningRate: 0.1 });
    const x = randn(device, [4, 3], { seed: 1 });
    const step = await device.capture(() =>
      scope(() => {
        model.zeroGrad();
        const y = model.call(x);
        backward(mean(mul(y, y)));
        optimizer.step();
      }),
    );
    for (let i = 0; i < 3; i++) {
      x.write(new Float32Array(12).fill(i));
      step.run();
    }
    for (const each of [step, optimizer, model]) each.dispose();
  });
});
