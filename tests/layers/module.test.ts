import { describe, expect, test } from 'vitest';
import { ReLU } from '../../src/layers/activations.ts';
import { ARENA_ALIGN } from '../../src/layers/arena.ts';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { Dropout } from '../../src/layers/dropout.ts';
import { ZEROS } from '../../src/layers/initialize.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Module } from '../../src/layers/module.ts';
import { observe } from '../../src/layers/observe.ts';
import { Parameter } from '../../src/layers/parameter.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { backward } from '../../src/tensor/backward.ts';
import { full, tensor } from '../../src/tensor/create.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { scope } from '../../src/tensor/scope.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { openDevice, testDevice } from '../support/device.ts';

/** A user's module with its own parameters, with submodules, and with one that is used twice. */
class Sample extends Module {
  readonly scale = new Parameter([3], { kind: 'constant', value: 2 });
  readonly unused = new Parameter([2, 2], ZEROS);
  readonly first = new Linear(3, 3, { bias: false });
  readonly norm = new BatchNorm2d(3);
  readonly tail = new Sequential(new ReLU(), new Dropout(0.5), new Linear(3, 2));

  forward(x: Tensor): Tensor {
    const y = this.first.call(this.first.call(mul(x, this.scale.value)));
    return this.tail.call(y);
  }

  outputShape(input: Shape): Shape {
    return this.tail.outputShape(this.first.outputShape(input));
  }
}

describe('names', () => {
  test('come from properties and positions, as in PyTorch', () => {
    const module = new Sample();
    expect([...module.namedParameters()].map(([name]) => name)).toEqual([
      'scale',
      'unused',
      'first.weight',
      'norm.weight',
      'norm.bias',
      'tail.2.weight',
      'tail.2.bias',
    ]);
    expect([...module.namedBuffers()].map(([name]) => name)).toEqual([
      'norm.running_mean',
      'norm.running_var',
      'tail.1.counter',
    ]);
    expect([...module.namedModules()].map(([name]) => name)).toEqual([
      '',
      'first',
      'norm',
      'tail',
      'tail.0',
      'tail.1',
      'tail.2',
    ]);
    expect(module.parameterCount()).toBe(3 + 4 + 9 + 3 + 3 + 6 + 2);
  });

  test('label what a layer dispatches', async () => {
    const device = await testDevice();
    const module = new Sample().to(device);
    const x = full(device, [1, 3], 1);
    const labels: string[] = [];
    const dispatch = device.dispatch.bind(device);
    device.dispatch = (kernel, spec) => {
      labels.push(`${device.path}: ${spec.label}`);
      dispatch(kernel, spec);
    };
    scope(() => {
      const loss = sum(module.call(x));
      labels.push('--');
      backward(loss);
    });
    Reflect.deleteProperty(device, 'dispatch');
    const [ahead, back] = [labels.slice(0, labels.indexOf('--')), labels.slice(labels.indexOf('--'))];
    expect(ahead).toEqual(expect.arrayContaining([': mul', 'first: linear', 'tail.1: dropout', ': sum']));
    expect(back.some((label) => label.startsWith('tail.2: '))).toBe(true);
    expect(back.some((label) => label.startsWith('first: '))).toBe(true);
    expect(device.path).toBe('');
    module.dispose();
  });
});

test('train() and eval() reach every module below', () => {
  const module = new Sample();
  const states = () => [...module.namedModules()].map(([, { training }]) => training);
  expect(new Set(states())).toEqual(new Set([true]));
  expect(module.eval()).toBe(module);
  expect(new Set(states())).toEqual(new Set([false]));
  module.tail.train();
  expect(states()).toEqual([false, false, false, true, true, true, true]);
  module.train(false);
  expect(new Set(states())).toEqual(new Set([false]));
});

describe('on a device', () => {
  test('parameters are views of one arena, vectors after matrices, each at a bindable offset', async () => {
    const device = await testDevice();
    const module = new Sample().to(device);
    const { parameters, gradients, vectorStart } = module.arenas;
    const values = module.parameters().map(({ value }) => value);
    expect(new Set(values.map(({ storage }) => storage))).toEqual(new Set([parameters.flat.storage]));
    expect(new Set(values.map(({ gradBuffer }) => gradBuffer!.storage))).toEqual(
      new Set([gradients.flat.storage]),
    );
    for (const value of values) {
      expect(value.byteOffset % device.limits.minStorageBufferOffsetAlignment).toBe(0);
      expect(value.byteOffset).toBe(value.gradBuffer!.byteOffset);
      expect(value.byteOffset >= 4 * vectorStart).toBe(value.rank <= 1);
    }
    expect(vectorStart).toBe(3 * ARENA_ALIGN);
    expect(parameters.flat.size).toBe(7 * ARENA_ALIGN);
    module.dispose();
  });

  test('a parameter used twice gets the sum; zeroGrad drops it; parameters that no loss reaches have none', async () => {
    const device = await testDevice();
    const module = new Sample().to(device).eval();
    module.first.weight.value.write([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    module.tail.modules[2]!.parameters()[0]!.value.write([1, 1, 1, 1, 1, 1]);
    const x = tensor(device, [[1, 2, 3]]);
    const step = () => scope(() => backward(sum(module.call(x))));
    const gradient = async () => [...(await module.first.weight.value.grad!.data())];
    step();
    // y = (2 x) W W with W the identity: dW = (x2^T d) W^T + W^T (x2^T d), d = [2, 2, 2]
    const once = [2, 4, 6].flatMap((v) => [4 * v, 4 * v, 4 * v]);
    expect(await gradient()).toEqual(once);
    step();
    expect(await gradient()).toEqual(once.map((v) => 2 * v));
    expect(module.unused.value.grad).toBeNull();
    module.zeroGrad();
    expect(module.first.weight.value.grad).toBeNull();
    step();
    expect(await gradient()).toEqual(once);
    module.dispose();
  });

  test('tied weights are placed, counted and trained once, and have both names', async () => {
    class Tied extends Module {
      readonly first = new Linear(4, 4, { bias: false });
      readonly second = new Linear(4, 4, { bias: false });
      constructor() {
        super();
        Object.assign(this.second, { weight: this.first.weight });
      }
      forward(x: Tensor): Tensor {
        return this.second.call(this.first.call(x));
      }
      outputShape(input: Shape): Shape {
        return input;
      }
    }
    const device = await testDevice();
    const model = new Tied().to(device, { seed: 1 });
    expect([model.parameterCount(), model.parameters().length]).toEqual([16, 1]);
    expect(model.arenas.parameters.flat.size).toBe(64); // one parameter and its padding
    const state = await model.stateDict();
    expect([...state.keys()]).toEqual(['first.weight', 'second.weight']);
    expect(state.get('first.weight')!.data).toEqual(state.get('second.weight')!.data);
    const x = tensor(device, [[1, -2, 3, 0.5]]);
    backward(sum(model.call(x)));
    expect(model.first.weight.value.grad).toBe(model.second.weight.value.grad);
    model.dispose();
  });

  test('a call keeps only its output; dispose() frees everything', async () => {
    using device = await openDevice();
    const x = full(device, [4, 3], 1);
    const before = device.memory().liveBytes;
    const module = new Sample().to(device);
    const held = device.memory();
    expect(Object.keys(held.byOwner).sort()).toEqual(['buffers', 'gradients', 'parameters', 'tensor']);
    expect(held.byOwner.parameters).toBe(4 * module.arenas.parameters.flat.size);
    const y = module.eval().call(x);
    y.dispose();
    expect(device.memory().liveBytes).toBe(held.liveBytes);
    module.dispose();
    expect(device.memory().liveBytes).toBe(before);
    expect(() => module.arenas).toThrow('this module is not on a device');
    module.dispose(); // does nothing
    expect(device.memory().liveBytes).toBe(before);
  });

  test('observe() sees the output of every module that is called', async () => {
    const device = await testDevice();
    const module = new Sample().to(device);
    const seen: string[] = [];
    const watch = (part: Module, output: Tensor) => seen.push(`${part.path} ${output.shape}`);
    const x = full(device, [1, 3], 1);
    const y = observe(watch, () => module.call(x));
    expect(seen).toEqual([
      'first 1,3',
      'first 1,3',
      'tail.0 1,3',
      'tail.1 1,3',
      'tail.2 1,2',
      'tail 1,2',
      ' 1,2',
    ]);
    module.call(x).dispose();
    expect(seen).toHaveLength(7);
    y.dispose();
    module.dispose();
  });

  test('an error inside a call does not change the path of the device', async () => {
    const device = await testDevice();
    const module = new Sequential(new Linear(3, 4), new Linear(3, 4)).to(device);
    const x = full(device, [2, 3], 1);
    const before = device.memory().liveBytes;
    expect(() => module.call(x)).toThrow(/x \[2, 4\] has width 4/);
    expect(device.path).toBe('');
    expect(device.memory().liveBytes).toBe(before);
    expect((await add(x, 1).data())[0]).toBe(2);
    module.dispose();
  });
});

describe('a misplaced module', () => {
  test('state before to(device)', () => {
    const module = new Conv2d(1, 2, 3);
    expect(() => module.weight.value).toThrow(
      'to: state of shape [3, 3, 1, 2] is not on a device. Call to(device) on the outermost module first.',
    );
    expect(() => module.device).toThrow('this module is not on a device');
  });

  test('to(device) twice, or of a part and then the whole', async () => {
    const device = await testDevice();
    const part = new Linear(2, 2).to(device);
    expect(() => part.to(device)).toThrow(
      'to: weight is already on a device. Call to(device) once, on the outermost module.',
    );
    expect(() => new Sequential(new ReLU(), part).to(device)).toThrow('to: 1.weight is already on a device');
    part.dispose();
  });

  test('arenas of a part', async () => {
    const device = await testDevice();
    const part = new Linear(2, 2);
    const whole = new Sequential(part).to(device);
    const message = 'or is part of a larger module. Call to(device) on the outermost module';
    expect(() => part.arenas).toThrow(message);
    expect(() => part.dispose()).toThrow(message);
    whole.dispose();
    expect(() => part.dispose()).toThrow(message);
  });
});

test('dispose() of a module that was never placed does nothing; a part of a placed module is rejected', async () => {
  const device = await testDevice();
  const fresh = new Sample();
  fresh.dispose();
  fresh.dispose();
  fresh.tail.dispose();
  new ReLU().dispose();
  fresh.to(device); // it is as new
  expect(() => fresh.tail.dispose()).toThrow('to(device) on the outermost module');
  fresh.dispose();
});
