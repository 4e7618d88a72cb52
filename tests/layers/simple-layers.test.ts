import { describe, expect, test } from 'vitest';
import {
  ELU,
  GELU,
  Hardsigmoid,
  Hardswish,
  LeakyReLU,
  ReLU,
  ReLU6,
  Sigmoid,
  SiLU,
  Softplus,
  Tanh,
} from '../../src/layers/activations.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import type { Module } from '../../src/layers/module.ts';
import {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool2d,
  AxisPool,
  MaxPool2d,
} from '../../src/layers/pooling.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { elu, gelu, leakyRelu, softplus } from '../../src/tensor/ops/activation.ts';
import { random, randomNormal } from '../reference/array.ts';
import * as reference from '../reference/tape.ts';
import { checkModule } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

describe('Linear', () => {
  test.each([
    [[5, 3], 3, 4, true],
    [[1, 8], 8, 1, false],
    [[2, 3, 15], 15, 21, true],
    [[7], 7, 2, true],
  ] as const)('%j, %i to %i, bias %s', async (shape, inputs, outputs, bias) => {
    await checkModule(await testDevice(), {
      module: new Linear(inputs, outputs, { bias }),
      input: random(shape, 1),
      reference: (x, state) =>
        reference.linear(x, state.parameter('m.weight'), bias ? state.parameter('m.bias') : undefined),
    });
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const layer = new Linear(4, 2).to(device);
    expect(() => layer.call(onDevice(device, random([3, 5], 1)))).toThrow(
      /x \[3, 5\] has width 5, but weight \[4, 2\] needs 4/,
    );
    expect(() => layer.outputShape([3, 5])).toThrow('Linear: input: got shape [3, 5], expected 4 features');
    layer.dispose();
  });
});

describe('activations', () => {
  test.each([
    [new ReLU(), 'relu'],
    [new ReLU6(), 'relu6'],
    [new Sigmoid(), 'sigmoid'],
    [new Hardsigmoid(), 'hardSigmoid'],
    [new Hardswish(), 'hardSwish'],
    [new Tanh(), 'tanh'],
    [new SiLU(), 'silu'],
    [new GELU(), 'gelu'],
    [new LeakyReLU(), 'leakyRelu'],
    [new ELU(), 'elu'],
    [new Softplus(), 'softplus'],
  ] as const)('%o', async (module, name) => {
    await checkModule(await testDevice(), {
      module,
      input: randomNormal([2, 3, 7], 1, 4),
      reference: (x) => reference.apply(name, x),
    });
  });
});

test('activations with constants, and wrong ones', async () => {
  const device = await testDevice();
  const x = onDevice(device, random([7], 1, -4, 4));
  const layers = [new GELU('tanh'), new LeakyReLU(0.2), new ELU(2), new Softplus(2, 1)];
  const same = [gelu(x, 'tanh'), leakyRelu(x, 0.2), elu(x, 2), softplus(x, 2, 1)];
  for (const [i, layer] of layers.entries()) {
    expect(await layer.call(x).data()).toEqual(await same[i]!.data());
  }
  expect(() => new GELU('sigmoid' as 'tanh')).toThrow("GELU: approximate: got 'sigmoid'");
  expect(() => new LeakyReLU(Number.NaN)).toThrow('LeakyReLU: negativeSlope: got NaN');
  expect(() => new ELU('1' as unknown as number)).toThrow("ELU: alpha: got '1'");
  expect(() => new Softplus(-1)).toThrow('Softplus: beta: got -1, expected a number above 0');
});

describe('pools', () => {
  const x = random([2, 5, 7, 3], 1);
  const pairs = { stride: [2, 1], padding: [1, 0] } as const;

  test.each([
    [MaxPool2d, reference.maxPool2d],
    [AvgPool2d, reference.avgPool2d],
  ] as const)('%o', async (Pool, pool) => {
    const device = await testDevice();
    await checkModule(device, {
      module: new Pool(2),
      input: x,
      reference: (x) => pool(x, { kernel: [2, 2] }),
    });
    await checkModule(device, {
      module: new Pool([3, 2], pairs),
      input: x,
      reference: (x) => pool(x, { kernel: [3, 2], ...pairs }),
    });
    await checkModule(device, {
      module: new Pool(3, { stride: 2, padding: 1 }),
      input: random([1, 4, 6, 8], 2),
      reference: (x) => pool(x, { kernel: [3, 3], stride: [2, 2], padding: [1, 1] }),
    });
    expect(() => new Pool(0)).toThrow('Pool2d: kernelSize: got 0');
    expect(() => new Pool(6).outputShape(x.shape)).toThrow(
      /a window of 6 x 6 does not fit an input of 5 x 7/,
    );
    expect(() => new Pool(2).call(onDevice(device, random([5, 7], 1)))).toThrow(/\[5, 7\]/);
  });

  test.each([x, random([3, 1, 1, 15], 2), random([1, 3, 2, 8], 3)])('AdaptiveAvgPool2d', async (input) => {
    await checkModule(await testDevice(), {
      module: new AdaptiveAvgPool2d(),
      input,
      reference: reference.globalAvgPool,
    });
  });

  test('pools with more options', async () => {
    const device = await testDevice();
    const check = (module: Module, reference: (x: reference.Value) => reference.Value) =>
      checkModule(device, { module, input: x, reference });
    await check(new AdaptiveAvgPool2d([3, 2]), (v) => reference.adaptiveAvgPool2d(v, [3, 2]));
    await check(new AdaptiveAvgPool2d([1, 1]), (v) => reference.adaptiveAvgPool2d(v, [1, 1]));
    await check(new AdaptiveMaxPool2d([null, 3]), (v) => reference.adaptiveMaxPool2d(v, [5, 3]));
    await check(new MaxPool2d(3, { stride: 2, ceilMode: true }), (v) =>
      reference.maxPool2d(v, { kernel: [3, 3], stride: [2, 2], ceilMode: true }),
    );
    await check(new MaxPool2d([2, 3], { stride: 1, dilation: 2 }), (v) =>
      reference.maxPool2d(v, { kernel: [2, 3], stride: [1, 1], dilation: [2, 2] }),
    );
    await check(new AvgPool2d(2, { padding: 1, ceilMode: true, countIncludePad: false }), (v) =>
      reference.avgPool2d(v, { kernel: [2, 2], padding: [1, 1], ceilMode: true, countIncludePad: false }),
    );
    await check(new AvgPool2d(2, { divisorOverride: 3 }), (v) =>
      reference.avgPool2d(v, { kernel: [2, 2], divisor: 3 }),
    );
    expect(() => new AdaptiveAvgPool2d(0)).toThrow(
      'AdaptiveAvgPool2d: outputSize: got 0, expected an integer >= 1',
    );
    expect(() => new AvgPool2d(2, { dilation: 2 } as never)).toThrow('AvgPool2d: unknown option "dilation"');
    expect(() => new MaxPool2d(2, { padding: 2 })).toThrow(
      'MaxPool2d: padding [2,2] is more than half the kernel [2,2]',
    );
  });

  describe.each(['width', 'height'] as const)('AxisPool over the %s', (axis) => {
    const { avgPoolAxis, maxPoolAxis, add } = reference;
    test.each([
      ['avg', (x: reference.Value) => avgPoolAxis(x, axis)],
      ['max', (x: reference.Value) => maxPoolAxis(x, axis)],
      ['both', (x: reference.Value) => add(avgPoolAxis(x, axis), maxPoolAxis(x, axis))],
    ] as const)('%s', async (kind, pool) => {
      for (const input of [x, random([1, 4, 3, 8], 2), random([2, 1, 6, 15], 3)]) {
        const [n, h, w, c] = input.shape as [number, number, number, number];
        await checkModule(await testDevice(), {
          module: new AxisPool(axis, kind),
          input,
          reference: (x) => reference.reshape(pool(x), axis === 'width' ? [n, h, 1, c] : [n, 1, w, c]),
        });
      }
    });
  });
});

test('Flatten keeps the batch and the order height, width, channels', async () => {
  const input = random([2, 3, 2, 5], 1);
  await checkModule(await testDevice(), {
    module: new Flatten(),
    input,
    reference: (x) => reference.reshape(x, [2, 30]),
  });
});

test('Sequential runs its modules in order and names them by position', async () => {
  const device = await testDevice();
  const make = () =>
    new Sequential(
      new Conv2d(3, 4, 3, { padding: 1 }),
      new Hardswish(),
      new Sequential(new MaxPool2d(2), new Flatten()),
      new Linear(8, 3),
    );
  const names = [...make().namedParameters()].map(([name]) => name);
  expect(names).toEqual(['0.weight', '0.bias', '3.weight', '3.bias']);
  await checkModule(device, {
    module: make(),
    input: random([2, 5, 3, 3], 1),
    reference: (x, state) => {
      const y = reference.conv2d(
        x,
        state.parameter('m.0.weight'),
        { padding: [1, 1] },
        state.parameter('m.0.bias'),
      );
      const pooled = reference.maxPool2d(reference.hardSwish(y), { kernel: [2, 2] });
      const flat = reference.reshape(pooled, [2, 8]);
      return reference.linear(flat, state.parameter('m.3.weight'), state.parameter('m.3.bias'));
    },
  });
  expect(new Sequential().outputShape([1, 2])).toEqual([1, 2]);
});
