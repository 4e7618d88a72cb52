// Every variant of every operation (ops/choose.ts) against the float64 reference, with and without subgroups.
import { afterAll, describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor, zeros } from '../../src/tensor/create.ts';
import { batchNorm } from '../../src/tensor/ops/batch-norm.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { conv2d } from '../../src/tensor/ops/conv2d.ts';
import { depthwiseConv2d } from '../../src/tensor/ops/depthwise-conv2d.ts';
import { linear } from '../../src/tensor/ops/matmul.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { problemOf } from '../../src/tensor/tuner/table.ts';
import { random } from '../reference/array.ts';
import { batchNorm as referenceBatchNorm } from '../reference/ops/batch-norm.ts';
import {
  conv2d as referenceConv2d,
  depthwiseConv2d as referenceDepthwise,
} from '../reference/ops/convolution.ts';
import { linear as referenceLinear } from '../reference/ops/matmul.ts';
import { checkAgainstReference, type OpCheck } from '../support/check-op.ts';
import { openDevice, testDevice } from '../support/device.ts';
import { variantsIn, withVariant } from '../support/with-variant.ts';

let plain: Promise<Device> | undefined;
// gpu-variants.test.ts checks the variants that only GPUs use
const withoutSubgroups = () => (plain ??= openDevice({ without: ['subgroups'] }));
afterAll(async () => (await plain)?.destroy());

const product = (rows: number, inner: number, columns: number): OpCheck => ({
  inputs: [random([rows, inner], 1), random([inner, columns], 2), random([columns], 3)],
  run: ([x, w, b]) => linear(x!, w!, b!),
  reference: ([x, w, b]) => referenceLinear(x!, w!, b!),
  directions: true,
});
const depthwise = (side: number, channels: number, kernel: number, stride: number): OpCheck => ({
  inputs: [random([2, side, side + 1, channels], 6), random([kernel, kernel, channels], 7)],
  run: ([x, w]) => depthwiseConv2d(x!, w!, null, { stride, padding: (kernel - 1) / 2 }),
  reference: ([x, w]) =>
    referenceDepthwise(x!, w!, { stride: [stride, stride], padding: [(kernel - 1) / 2, (kernel - 1) / 2] }),
  directions: true,
});

const NORM = { eps: 1e-5, momentum: 0.1 };

/** Operations, and a variant that each must have on every device. */
const CASES: readonly (readonly [string, OpCheck, readonly (readonly [string, string])[]])[] = [
  [
    'a product of multiples of four',
    product(21, 12, 20),
    [
      ['matmul', 'vec4'],
      ['matmul', 'general'],
      ['matmulGradInput', 'transposed'],
      ['matmulGradWeight', 'vec416'],
      ['columnSum', 'chunks4'],
    ],
  ],
  ['a product of odd sizes', product(9, 7, 5), [['matmulGradWeight', 'strided4']]],
  [
    'a pointwise convolution',
    {
      inputs: [random([2, 5, 5, 8], 4), random([1, 1, 8, 12], 5)],
      run: ([x, w]) => conv2d(x!, w!),
      reference: ([x, w]) => referenceConv2d(x!, w!),
      directions: true,
    },
    [['matmul', 'vec4']],
  ],
  [
    'a depthwise convolution with a stride',
    depthwise(7, 8, 3, 2),
    [
      ['depthwise', 'tile1x4'],
      ['depthwiseGradInput', 'tile1x2'],
      ['depthwiseGradWeight', 'kernel4'],
    ],
  ],
  [
    'a 3 x 3 convolution',
    {
      inputs: [random([2, 5, 5, 4], 8), random([3, 3, 4, 8], 9)],
      run: ([x, w]) => conv2d(x!, w!),
      reference: ([x, w]) => referenceConv2d(x!, w!),
      directions: true,
    },
    [['conv2dGradWeight', 'chunks4']],
  ],
  [
    'batch norm in training',
    {
      inputs: [random([20, 8], 10, 1, 3), random([8], 11, 0.5, 2), random([8], 12)],
      run: ([x, gamma, beta]) => {
        const running = { mean: zeros(x!.device, [8]), variance: zeros(x!.device, [8]) };
        return batchNorm(x!, gamma!, beta!, running, { ...NORM, training: true, activation: 'none' });
      },
      reference: ([x, gamma, beta]) => {
        const runningMean = random([8], 1);
        const running = { runningMean, runningVariance: runningMean };
        return referenceBatchNorm(x!, gamma!, beta!, {
          ...NORM,
          ...running,
          mode: 'train',
          activation: 'none',
        }).output;
      },
      directions: true,
      atol: 3e-5,
    },
    [
      ['batchNorm', 'chunks4'],
      ['batchNorm', 'workgroup2'],
      ['batchNormGrad', 'chunks4'],
      ['batchNormGrad', 'workgroup2'],
    ],
  ],
];

describe.each([
  ['the unchanged device', testDevice],
  ['without subgroups', withoutSubgroups],
] as const)('%s', (_, open) => {
  test.each(CASES)('all variants of %s', async (_, check, expected) => {
    const device = await open();
    const found = await variantsIn(device, () => checkAgainstReference(device, check));
    for (const [family, name] of expected) expect([...(found.get(family) ?? [])]).toContain(name);
    for (const [family, names] of found) {
      // the numbers of the shape are counted elsewhere
      const shapes = ['1x1', '1x1x1', '1x1x1x1', '1x1x1x1x1x1', '1x1x1x1x1x1x1x1'];
      for (const name of names)
        expect(shapes.map((shape) => problemOf(`${family} ${shape}`, name))).toContain(null);
    }
    // in one run each family uses its next variant, so the longest list sets the number of runs
    const most = Math.max(...[...found.values()].map(({ size }) => size));
    for (let i = 0; i < most; i++) {
      const pick = (_family: string, names: readonly string[]) => names[i % Math.max(1, names.length)];
      await withVariant(device, pick, () => checkAgainstReference(device, check));
    }
  });

  test('all variants of a product whose last row is infinite', async () => {
    const device = await open();
    // 21 rows are not a multiple of any tile
    const lastIs = (value: number, width: number) =>
      tensor(
        device,
        Float32Array.from({ length: 21 * width }, (_, i) => (i < 20 * width ? 1 : value)),
        {
          shape: [21, width],
          requiresGrad: true,
        },
      );
    const run = async () => {
      const x = lastIs(Infinity, 12);
      const w = tensor(device, new Float32Array(12 * 20).fill(1), { shape: [12, 20], requiresGrad: true });
      const y = linear(x, w);
      backward(sum(mul(y, lastIs(Infinity, 20))));
      const [dx, dw] = [x.grad as Tensor, w.grad as Tensor];
      expect([...(await y.data())]).toEqual([...(await lastIs(Infinity, 20).data())].map((v) => 12 * v));
      expect([...(await dx.data())]).toEqual([...(await lastIs(Infinity, 12).data())].map((v) => 20 * v));
      expect([...(await dw.data())]).toEqual(new Array(12 * 20).fill(Infinity));
    };
    const found = await variantsIn(device, run);
    const most = Math.max(...[...found.values()].map(({ size }) => size));
    for (let i = 0; i < most; i++) {
      await withVariant(device, (_family, names) => names[i % Math.max(1, names.length)], run);
    }
  });
});
