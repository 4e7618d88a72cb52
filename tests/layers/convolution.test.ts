import { describe, expect, test } from 'vitest';
import type { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { ConvNormActivation, DepthwiseNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { ConvTranspose2d } from '../../src/layers/conv-transpose2d.ts';
import { Conv2d, type Conv2dOptions } from '../../src/layers/conv2d.ts';
import { CostSheet } from '../../src/layers/cost-sheet.ts';
import { DepthwiseConv2d, type DepthwiseConv2dOptions } from '../../src/layers/depthwise-conv2d.ts';
import { convTranspose2d } from '../../src/tensor/ops/conv-transpose2d.ts';
import type { Pair } from '../../src/tensor/ops/convolution-geometry.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { convolutionUnit, type NetworkState } from '../reference/fer-mobilenetv3-layers.ts';
import type { WindowOptions } from '../reference/ops/window.ts';
import { conv2d, depthwiseConv2d, type Value } from '../reference/tape.ts';
import { checkModule } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const both = (value: Pair): readonly [number, number] => (typeof value === 'number' ? [value, value] : value);

/** The layer's options in the form of the reference. */
function windowOf({ stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv2dOptions): WindowOptions & {
  groups: number;
} {
  if (typeof padding === 'string') throw new Error('the reference takes numbers');
  const sides = typeof padding === 'number' ? both(padding) : padding;
  return { stride: both(stride), padding: sides, dilation: both(dilation), groups };
}

const dense: [number[], number, number, Pair, Conv2dOptions][] = [
  [[2, 5, 7, 3], 3, 4, 3, { padding: 1 }],
  [[1, 6, 5, 4], 4, 5, 3, { stride: 2, padding: 1, bias: false }],
  [[2, 7, 6, 1], 1, 2, [1, 3], { stride: [2, 1], padding: [0, 1] }],
  [[1, 9, 8, 2], 2, 3, 3, { dilation: 2, padding: 2 }],
  [[1, 8, 9, 3], 3, 2, [3, 2], { dilation: [1, 3], stride: [1, 2] }],
  [[3, 4, 3, 15], 15, 21, 1, {}],
  [[1, 1, 1, 5], 5, 1, 1, { bias: false }],
  [[2, 5, 5, 8], 8, 4, 5, { padding: 2 }],
  [
    [1, 4, 5, 6],
    6,
    9,
    3,
    {
      groups: 3,
      padding: [
        [1, 2],
        [0, 1],
      ],
    },
  ],
  [[1, 4, 5, 8], 8, 8, 3, { groups: 8, padding: 1, stride: 2 }],
  [[1, 4, 5, 4], 4, 8, 3, { groups: 4, padding: 2, dilation: 2, bias: false }],
];

describe('Conv2d', () => {
  test.each(dense)(
    '%j, %i to %i channels, kernel %j, %j',
    async (shape, inputs, outputs, kernel, options) => {
      await checkModule(await testDevice(), {
        module: new Conv2d(inputs, outputs, kernel, options),
        input: random(shape, 1),
        reference: (x, state) => {
          const bias = options.bias === false ? undefined : state.parameter('m.bias');
          return conv2d(x, state.parameter('m.weight'), windowOf(options), bias);
        },
      });
    },
  );

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const layer = new Conv2d(4, 8, 3, { padding: 1 }).to(device);
    const call = (...shape: number[]) => layer.call(onDevice(device, random(shape, 1)));
    expect(() => call(1, 5, 5, 3)).toThrow(
      /weight \[3, 3, 4, 8\] has 4 input channels, but x \[1, 5, 5, 3\] has 3/,
    );
    expect(() => call(5, 5, 4)).toThrow(/input has shape \[5, 5, 4\], expected images \[N, H, W, C\]/);
    expect(() => layer.outputShape([1, 5, 5, 3])).toThrow(
      'Conv2d: input [1, 5, 5, 3] has 3 channels, expected 4 (channels are the last axis)',
    );
    expect(() => layer.outputShape([5, 5, 4])).toThrow(
      'input has shape [5, 5, 4], expected images [N, H, W, C]',
    );
    const valid = new Conv2d(4, 8, 5).to(device);
    expect(() => valid.call(onDevice(device, random([1, 3, 9, 4], 1)))).toThrow(
      /does not fit an input of 3 x 9/,
    );
    expect(() => valid.outputShape([1, 3, 9, 4])).toThrow(/a window of 5 does not fit in 3 pixels/);
    for (const module of [layer, valid]) module.dispose();
  });

  test('rejects options out of range', () => {
    expect(() => new Conv2d(1, 1, 0)).toThrow('Conv2d: kernelSize: got 0, expected an integer >= 1');
    expect(() => new Conv2d(1, 1, 3, { stride: 0 })).toThrow('Conv2d: stride: got 0');
    expect(() => new Conv2d(1, 1, 3, { padding: -1 })).toThrow('Conv2d: padding: got -1');
    for (const [inputs, outputs, groups] of [
      [6, 8, 3],
      [8, 6, 4],
    ] as const) {
      expect(() => new Conv2d(inputs, outputs, 3, { groups })).toThrow(
        `Conv2d: groups: got ${groups}, expected a divisor of ${inputs} input and ${outputs} output channels`,
      );
    }
    expect(() => new Conv2d(1, 1, 3, { padding: 'full' as 'same' })).toThrow("Conv2d: padding: got 'full'");
    expect(() => new Conv2d(1, 1, 3, { dilation: [1, 1.5] })).toThrow('Conv2d: dilation: got [1, 1.5]');
  });
});

test('ConvTranspose2d computes the same as the op; its shape, costs and state', async () => {
  const device = await testDevice();
  const options = { stride: 2, padding: 1, outputPadding: [1, 0], groups: 2 } as const;
  const layer = new ConvTranspose2d(4, 6, 3, options).to(device, { seed: 1 });
  layer.bias!.value.write(Float32Array.of(1, 2, 3, 4, 5, 6));
  const x = onDevice(device, random([2, 3, 4, 4], 1));
  const y = layer.call(x);
  const same = convTranspose2d(x, layer.weight.value, layer.bias!.value, options);
  expect(await y.data()).toEqual(await same.data());
  const costs = new CostSheet();
  expect(layer.outputShape(x.shape, costs)).toEqual(y.shape);
  expect(costs.rows[0]!.macs).toBe(2 * 12 * 4 * 9 * 3);
  const state = await layer.stateDict();
  expect(state.get('weight')!.shape).toEqual([4, 3, 3, 3]); // PyTorch's [in, out / groups, kh, kw]
  layer.dispose();
  expect(() => new ConvTranspose2d(4, 6, 3, { groups: 4 })).toThrow('ConvTranspose2d: groups: got 4');
  expect(() => new ConvTranspose2d(4, 6, 3, { padding: 'same' as never })).toThrow("padding: got 'same'");
  expect(() => new ConvTranspose2d(4, 6, 3, { outputPadding: 1 }).outputShape([1, 3, 3, 4])).toThrow(
    'ConvTranspose2d: outputPadding: got [1, 1]',
  );
});

const depthwise: [number[], Pair, DepthwiseConv2dOptions][] = [
  [[2, 5, 7, 4], 3, { padding: 1 }],
  [[1, 7, 6, 15], 3, { stride: 2, padding: 1, bias: false }],
  [[2, 6, 5, 21], 5, { padding: 2 }],
  [[1, 9, 9, 8], 5, { stride: 2, padding: 2, bias: false }],
  [[2, 4, 5, 1], [2, 3], { stride: [1, 2], padding: [0, 1] }],
  [[3, 1, 1, 3], 3, { padding: 1 }],
  [[1, 5, 6, 4], 3, { padding: 2, dilation: 2, bias: false }],
  [[1, 4, 3, 3], [2, 3], { multiplier: 2, padding: [0, 1] }],
];

describe('DepthwiseConv2d', () => {
  test.each(depthwise)('%j, kernel %j, %j', async (shape, kernel, options) => {
    await checkModule(await testDevice(), {
      module: new DepthwiseConv2d(shape[3]!, kernel, options),
      input: random(shape, 1),
      reference: (x, state) => {
        const bias = options.bias === false ? undefined : state.parameter('m.bias');
        return depthwiseConv2d(x, state.parameter('m.weight'), windowOf(options), bias);
      },
    });
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const layer = new DepthwiseConv2d(24, 3).to(device);
    const x = onDevice(device, random([1, 5, 5, 16], 1));
    expect(() => layer.call(x)).toThrow(
      'depthwiseConv2d: weight has 24 channels, but x has 16, which does not divide them',
    );
    expect(() => layer.outputShape([1, 5, 5, 16])).toThrow('expected 24');
    expect(() => layer.outputShape([1, 2, 5, 24])).toThrow(/a window of 3 does not fit in 2 pixels/);
    layer.dispose();
    expect(() => new DepthwiseConv2d(4, 3, { stride: 0.5 })).toThrow('DepthwiseConv2d: stride: got 0.5');
  });
});

test("summary's shapes and costs with groups, multiplier and padding", () => {
  const costs = new CostSheet();
  expect(
    new Conv2d(8, 12, 3, { groups: 4, padding: 'same', stride: 2 }).outputShape([2, 7, 6, 8], costs),
  ).toEqual([2, 4, 3, 12]);
  expect(new Conv2d(8, 12, 3, { padding: 'valid' }).outputShape([1, 7, 6, 8], costs)).toEqual([1, 5, 4, 12]);
  const depthwise = new DepthwiseConv2d(3, 2, {
    multiplier: 4,
    dilation: 3,
    padding: [
      [0, 1],
      [2, 0],
    ],
  });
  expect(depthwise.outputShape([1, 5, 6, 3], costs)).toEqual([1, 3, 5, 12]);
  expect(costs.rows.map(({ macs }) => macs)).toEqual([2 * 4 * 3 * 12 * 9 * 2, 20 * 12 * 9 * 8, 15 * 12 * 4]);
  expect(new Conv2d(8, 12, 3, { groups: 4 }).parameterCount()).toBe(12 * 2 * 9 + 12);
});

describe('convolution, norm and activation as one unit', () => {
  test.each([
    () => new ConvNormActivation(8, 12, 3, { groups: 4, dilation: 2, stride: 2, activation: 'relu' }),
    () => new ConvNormActivation(6, 6, 3, { groups: 6, padding: 'same', activation: 'silu' }),
    () =>
      new ConvNormActivation(6, 6, 3, {
        padding: [
          [0, 1],
          [1, 0],
        ],
      }),
    () => new DepthwiseNormActivation(6, 3, { dilation: 2, activation: 'hardSwish' }),
  ])('fused as unfused, unit %#', async (make) => {
    const device = await testDevice();
    const unit = make().to(device, { seed: 1 });
    const x = onDevice(
      device,
      random(
        [
          2,
          5,
          7,
          unit.modules[0] instanceof Conv2d ? unit.modules[0].weight.shape[2]! * unit.modules[0].groups : 6,
        ],
        1,
      ),
    );
    unit.call(x);
    unit.eval();
    const unfused = unit.modules[1]!.call(unit.modules[0]!.call(x));
    expect(unit.outputShape(x.shape)).toEqual(unfused.shape);
    const fused = noGrad(() => unit.call(x));
    expectClose(await fused.data(), Array.from(await unfused.data()));
    unit.dispose();
  });

  const norm = { eps: 1e-3, momentum: 0.01 };

  test.each([
    new ConvNormActivation(4, 8, 1, { eps: 0, momentum: 0 }),
    new DepthwiseNormActivation(4, 3, { eps: 0, momentum: 0 }),
  ])('a momentum of 0 keeps the running statistics, an eps of 0 stays 0', async (unit) => {
    const device = await testDevice();
    unit.to(device, { seed: 1 });
    const norm = unit.modules[1] as BatchNorm2d;
    expect([norm.eps, norm.momentum]).toEqual([0, 0]);
    unit.call(onDevice(device, random([2, 5, 7, 4], 1, -3, 3)));
    expect(new Set(await norm.running_mean!.value.data())).toEqual(new Set([0]));
    expect(new Set(await norm.running_var!.value.data())).toEqual(new Set([1]));
    unit.dispose();
  });

  // in evaluation without a tape the three are one pass
  test.each(['none', 'relu', 'relu6', 'hardSwish', 'sigmoid', 'hardSigmoid', 'silu'] as const)(
    'with %s, evaluation, odd and even widths',
    async (activation) => {
      const device = await testDevice();
      for (const [channels, outputs] of [
        [8, 12],
        [5, 6],
      ] as const) {
        const input = random([2, 5, 7, channels], 1, -3, 3);
        const reference = (x: Value, state: NetworkState) => convolutionUnit(state, x, 'm', 1, activation);
        for (const kernel of [1, 3]) {
          const options = { activation, ...norm };
          const dense = new ConvNormActivation(channels, outputs, kernel, options);
          await checkModule(device, { module: dense, input, mode: 'eval', reference });
          const depthwise = new DepthwiseNormActivation(channels, kernel, options);
          await checkModule(device, { module: depthwise, input, mode: 'eval', reference });
        }
      }
    },
  );

  test.each([
    [3, 2, 'hardSwish', 'train'],
    [1, 1, 'none', 'train'],
    [5, 1, 'relu', 'eval'],
  ] as const)('dense, kernel %i, stride %i, %s, %s', async (kernel, stride, activation, mode) => {
    await checkModule(await testDevice(), {
      module: new ConvNormActivation(5, 6, kernel, { stride, activation, ...norm }),
      input: random([3, 6, 5, 5], 1),
      mode,
      reference: (x, state) => convolutionUnit(state, x, 'm', stride, activation),
    });
  });

  test.each([
    [3, 1, 'relu', 'train'],
    [5, 2, 'hardSwish', 'eval'],
  ] as const)('depthwise, kernel %i, stride %i, %s, %s', async (kernel, stride, activation, mode) => {
    await checkModule(await testDevice(), {
      module: new DepthwiseNormActivation(7, kernel, { stride, activation, ...norm }),
      input: random([2, 6, 5, 7], 1),
      mode,
      reference: (x, state) => convolutionUnit(state, x, 'm', stride, activation),
    });
  });
});
