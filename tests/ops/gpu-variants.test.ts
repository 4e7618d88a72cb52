// The variants that only GPUs use (src/tensor/variants/), on a device that selects kernels like a GPU: each against the
// float64 reference, for shapes that fill a tile, exceed it by one, or are much smaller, and at inference with everything
// that is fused. variants.test.ts checks the remaining variants.
import { afterAll, describe, expect, test, vi } from 'vitest';
import { recordedWork } from '../../bench/lib/dispatch-work.ts';
import { deviceFrom } from '../../src/gpu/create-device.ts';
import type { Device } from '../../src/gpu/device.ts';
import { Kernel } from '../../src/gpu/kernel.ts';
import { backward } from '../../src/tensor/backward.ts';
import { batchNorm } from '../../src/tensor/ops/batch-norm.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { conv2d, conv2dFused } from '../../src/tensor/ops/conv2d.ts';
import { depthwiseConv2d, depthwiseConv2dFused } from '../../src/tensor/ops/depthwise-conv2d.ts';
import { globalAvgPool } from '../../src/tensor/ops/global-avg-pool.ts';
import { linear } from '../../src/tensor/ops/matmul.ts';
import { logSoftmax, softmax } from '../../src/tensor/ops/softmax.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { problemOf } from '../../src/tensor/tuner/table.ts';
import { gpuRules } from '../../src/tensor/variants/gpu-rules.ts';
import { from, type NdArray, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { batchNorm as referenceBatchNorm } from '../reference/ops/batch-norm.ts';
import {
  conv2d as referenceConv2d,
  depthwiseConv2d as referenceDepthwise,
} from '../reference/ops/convolution.ts';
import { linear as referenceLinear } from '../reference/ops/matmul.ts';
import { globalAvgPool as referencePool } from '../reference/ops/pool.ts';
import { sum as referenceSum } from '../reference/ops/reduce.ts';
import { logSoftmax as referenceLogSoftmax, softmax as referenceSoftmax } from '../reference/ops/softmax.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { findAdapter, openAsGpu, testDevice } from '../support/device.ts';
import { channelGateCheck, coordinateGateCheck } from '../support/gate-checks.ts';
import { variantsIn, withVariant } from '../support/with-variant.ts';

let opened: Promise<Device> | undefined;
const gpu = () => (opened ??= openAsGpu());
afterAll(async () => (await opened)?.destroy());

/** Runs `fn` with the first of the named variants that an operation has, and returns the names that were used. */
async function using(names: readonly string[], fn: () => Promise<void>): Promise<string[]> {
  const used = new Set<string>();
  const pick = (_family: string, offered: readonly string[]) => {
    const name = names.find((one) => offered.includes(one));
    if (name) used.add(name);
    return name;
  };
  await withVariant(await gpu(), pick, fn);
  return [...used].sort();
}

/** Runs `fn` with the rules of GPUs and returns the names of the kernels that ran. */
async function kernelsOf(fn: () => Promise<void>): Promise<string[]> {
  const device = await gpu();
  const get = vi.spyOn(device.pipelines, 'get');
  await fn();
  const names = get.mock.calls.map(([kernel]) => kernel.name);
  get.mockRestore();
  return names;
}

test('tuning tables may contain every variant', async () => {
  const device = await gpu();
  const [x, w] = [random([66, 32], 1), random([32, 36], 2)].map((one) => onDevice(device, one, true));
  const [image, taps] = [random([1, 8, 8, 8], 1), random([3, 3, 8], 2)].map((one) => onDevice(device, one));
  const found = await variantsIn(device, async () => {
    // only recorded: nothing is compiled or run
    recordedWork(device, () =>
      scope(() => {
        backward(sum(linear(x!, w!)));
        depthwiseConv2d(image!, taps!, null, { padding: 1 });
      }),
    );
  });
  const names = [...found].flatMap(([family, all]) => [...all].map((name) => [family, name] as const));
  const kinds = ['patch', 'split', 'tiled', 'vec4tile'];
  const kindOf = (name: string) => kinds.find((kind) => name.startsWith(kind));
  const gpuOnly = names.filter(([, name]) => kindOf(name));
  expect([...new Set(gpuOnly.map(([, name]) => kindOf(name)))].sort()).toEqual(kinds);
  for (const [family, name] of gpuOnly) {
    const shape = family === 'depthwise' ? '1x1x1x1x1x1x1x1' : '1x1x1';
    expect([family, name, problemOf(`${family} ${shape}`, name)]).toEqual([family, name, null]);
  }
});

describe('products', () => {
  // rows, inner, columns, variants
  test.each([
    [32, 16, 32, ['tiled32x32', 'tiled1']],
    [33, 20, 36, ['tiled32x32', 'tiled4']],
    [7, 4, 4, ['tiled64x16', 'tiled1']],
    [130, 40, 24, ['tiled64x16', 'tiled16']],
    // SwiftShader, the adapter of the browser, needs ten seconds to compile each of these
    ...(typeof window === 'undefined'
      ? ([
          [65, 24, 68, ['tiled64x32', 'tiled4']],
          [70, 36, 132, ['tiled64x64', 'tiled1']],
        ] as const)
      : []),
    [1, 36, 20, ['split1x4x4']],
    [2, 128, 12, ['split2x4x16']],
    [5, 20, 72, ['split4x16x1']],
    [6, 40, 7, []], // the rules select the split kernel
    [1, 132, 15, []],
    [9, 15, 8, ['vec4tile1x1']],
    [9, 15, 24, ['vec4tile2x1']],
    [21, 9, 20, ['vec4tile16x2']],
  ] as const)('%i rows, %i to %i: %j', async (rows, inner, columns, names) => {
    const check = async () =>
      checkAgainstReference(await gpu(), {
        inputs: [random([rows, inner], 1), random([inner, columns], 2), random([columns], 3)],
        run: ([x, w, b]) => linear(x!, w!, b!),
        reference: ([x, w, b]) => referenceLinear(x!, w!, b!),
        directions: rows * inner * columns > 5000,
      });
    expect(await using(names, check)).toEqual([...names].sort());
  });
});

test.each([
  ['many tiles: the weight is transposed as it is loaded', 64, 1024, ['matmul_tiled'], ['transpose']],
  [
    'few tiles: another dispatch transposes the weight',
    32,
    32,
    ['transpose', 'matmul_split'],
    ['matmul_tiled'],
  ],
] as const)('gradient of a product by its input, %s', async (_, rows, inner, used, unused) => {
  const check = async () =>
    checkAgainstReference(await gpu(), {
      inputs: [random([rows, inner], 1), random([inner, 8], 2)],
      run: ([x, w]) => linear(x!, w!),
      reference: ([x, w]) => referenceLinear(x!, w!),
      directions: true,
    });
  const names = await kernelsOf(check);
  for (const name of used) expect(names).toContain(name);
  for (const name of unused) expect(names).not.toContain(name);
});

describe('convolutions', () => {
  // input, kernel, outputs, options: 3 channels are not split; 64 are
  test.each([
    [[1, 5, 6, 3], 3, 8, { stride: 2, padding: 1 }],
    [[2, 4, 5, 16], 3, 12, { padding: 1 }],
    [[1, 3, 3, 64], 3, 7, { padding: 1 }],
    [[1, 6, 7, 32], 3, 8, { padding: 2, dilation: 2, groups: 2 }],
  ] as const)('split: %j, kernel %i, %i outputs, %j', async (shape, kernel, outputs, options) => {
    const { groups = 1, dilation = 1, stride = 1, padding } = { ...options } as Record<string, number>;
    const check = async () =>
      checkAgainstReference(await gpu(), {
        inputs: [
          random([...shape], 1),
          random([kernel, kernel, shape[3] / groups, outputs], 2),
          random([outputs], 3),
        ],
        run: ([x, w, b]) => conv2d(x!, w!, b!, options),
        reference: ([x, w, b]) =>
          referenceConv2d(x!, w!, {
            bias: b!,
            groups,
            stride: [stride, stride],
            padding: [padding!, padding!],
            dilation: [dilation, dilation],
          }),
        directions: true,
      });
    expect(await kernelsOf(check)).toContain('conv2d_split');
  });

  test.each([
    [[2, 9, 11, 8], 3, 1, 'patch8x2x4'],
    [[1, 9, 10, 36], 5, 1, 'patch4x2x8'],
    [[2, 10, 17, 5], 3, 2, 'patch4x2x4'],
  ] as const)('depthwise %j, kernel %i, stride %i: %s', async (shape, kernel, stride, name) => {
    const padding = (kernel - 1) / 2;
    const check = async () =>
      checkAgainstReference(await gpu(), {
        inputs: [random([...shape], 1), random([kernel, kernel, shape[3]], 2), random([shape[3]], 3)],
        run: ([x, w, b]) => depthwiseConv2d(x!, w!, b!, { stride, padding }),
        reference: ([x, w, b]) =>
          referenceDepthwise(x!, w!, { bias: b!, stride: [stride, stride], padding: [padding, padding] }),
        directions: true,
      });
    expect(await using([name], check)).toEqual([name]);
  });
});

describe('at inference, with batch norm, activation and residual', () => {
  // input, kernel (0: depthwise 3 x 3), outputs, variants; without a variant the rules select the kernel
  test.each([
    [[2, 5, 7, 16], 1, 12, ['tiled32x32', 'vec4tile1x1']],
    [[1, 2, 2, 64], 1, 15, []],
    [[1, 1, 3, 32], 1, 8, ['split1x4x4']],
    [[1, 5, 4, 8], 3, 12, []],
    [[1, 6, 9, 12], 0, 12, ['patch4x2x4', 'tile1x1']],
  ] as const)('%j, kernel %i, %i outputs: %j', async (shape, kernel, outputs, names) => {
    const device = await gpu();
    const make = (size: readonly number[], seed: number) => onDevice(device, random([...size], seed));
    const x = make(shape, 1);
    const weight = make(kernel ? [kernel, kernel, shape[3], outputs] : [3, 3, outputs], 2);
    const [gamma, beta, mean] = [3, 4, 5].map((seed) => make([outputs], seed)) as [Tensor, Tensor, Tensor];
    const variance = onDevice(device, random([outputs], 6, 0.5, 2));
    const hasResidual = kernel === 1 && outputs % 4 === 0;
    const residual = hasResidual ? make([...shape.slice(0, 3), outputs], 7) : null;
    // a product of odd width has a bias that precedes the norm, as in coordinate attention
    const bias = kernel === 1 && !hasResidual ? make([outputs], 8) : null;
    const epilogue = {
      norm: { gamma, beta, mean, variance, eps: 1e-3 },
      activation: 'hardSwish',
      biasTimes: bias ? 2 : 1,
      residual,
    } as const;
    const run = async () => {
      const y = noGrad(() =>
        kernel
          ? conv2dFused(x, weight, bias, epilogue, { padding: (kernel - 1) / 2 })
          : depthwiseConv2dFused(x, weight, epilogue, { padding: 1 }),
      ) as Tensor;
      return (await y.data()) as Float32Array;
    };
    // the kernels of adapters without rules are checked by other tests
    const { rules } = device;
    device.rules = null;
    const expected = await run();
    device.rules = rules;
    const compare = async () => {
      expectClose(await run(), from([expected.length], expected), { rtol: 1e-4, atol: 1e-4 });
    };
    await compare();
    for (const name of names) expect(await using([name], compare)).toEqual([name]);
  });
});

describe('gradients of gates', () => {
  // the second shape has an odd number of channels, the third fills no workgroup
  test.each([
    [[2, 5, 5, 24], 'hardSigmoid'],
    [[1, 4, 5, 3], 'sigmoid'],
    [[3, 17, 1, 8], 'sigmoid'],
  ] as const)('channelGate %j, %s', async (shape, activation) => {
    const check = async () =>
      checkAgainstReference(await gpu(), channelGateCheck(random(shape, 1), activation));
    expect(await kernelsOf(check)).toContain('channel_gate_grad_group');
  });

  // 480 channels: two values of the strips per thread of the weight gradient, else one
  test.each([
    [[2, 3, 4, 8], 21],
    [[1, 5, 2, 3], 8],
    [[3, 1, 2, 264], 3],
    [[1, 2, 3, 480], 15],
  ] as const)('coordinateGate %j from %i', async (shape, middle) => {
    const check = async () =>
      checkAgainstReference(await gpu(), {
        ...coordinateGateCheck(random(shape, 1), middle),
        directions: middle * shape[3] > 200,
      });
    expect(await kernelsOf(check)).toContain('coordinate_gates_grad_input_group');
  });
});

describe('a result of many values is computed by a workgroup', () => {
  test.each([
    [140, 8, 'relu6', ['batch_norm_group', 'batch_norm_grad_group']],
    [133, 3, 'relu6', ['batch_norm_group', 'batch_norm_grad_group']],
    // A smooth activation, because relu6 has kinks: with this many values, some are close to a kink, and the finite
    // differences of the reference step across it.
    // one dispatch would have four workgroups
    [1600, 16, 'silu', ['batch_norm_statistics_group', 'batch_norm_grad_sum_group']],
    [2049, 4, 'silu', ['batch_norm_statistics_group', 'batch_norm_grad_sum_group']],
    [2050, 3, 'silu', ['batch_norm_statistics_group', 'batch_norm_grad_sum_group']],
  ] as const)(
    'batch norm of %i rows and %i channels, %s',
    async (rows, channels, activation, expectedNames) => {
      const device = await gpu();
      const [x, gamma, beta] = [
        random([rows, channels], 1, 3, 5),
        random([channels], 2, 0.5, 2),
        random([channels], 3),
      ];
      const [runningMean, runningVariance] = [random([channels], 4), random([channels], 5, 0.5, 2)];
      const running = { mean: onDevice(device, runningMean), variance: onDevice(device, runningVariance) };
      const options = { eps: 1e-3, momentum: 0.1, activation };
      const expected = { ...options, mode: 'train', runningMean, runningVariance } as const;
      const check = () =>
        checkAgainstReference(device, {
          inputs: [x, gamma, beta],
          run: ([x, gamma, beta]) => batchNorm(x!, gamma!, beta!, running, { ...options, training: true }),
          reference: ([x, gamma, beta]) => referenceBatchNorm(x!, gamma!, beta!, expected).output,
          directions: true,
          atol: 3e-5,
        });
      expect(await kernelsOf(check)).toEqual(expect.arrayContaining([...expectedNames]));
      const after = referenceBatchNorm(x, gamma, beta, expected);
      expectClose(await running.mean.data(), after.runningMean, { label: 'running mean' });
      expectClose(await running.variance.data(), after.runningVariance, { label: 'running variance' });
    },
  );

  test('except the average over all batches, which one thread per Vec computes', async () => {
    const device = await gpu();
    const [x, one, zero] = [random([1600, 16], 1, 3, 5), random([16], 1, 1, 1), random([16], 1, 0, 0)];
    const running = { mean: zero, variance: one, batches: random([], 1, 3, 3) };
    const [mean, variance, batches] = Object.values(running).map((each) => onDevice(device, each));
    const options = { eps: 1e-3, momentum: 0, activation: 'none' } as const;
    const statistics = { mean: mean!, variance: variance!, batches: batches! };
    const names = await kernelsOf(async () => {
      batchNorm(onDevice(device, x), null, null, statistics, { ...options, training: true }).dispose();
    });
    expect(names).toContain('batch_norm_statistics');
    const after = referenceBatchNorm(x, one, zero, { ...options, mode: 'train', momentum: 1 / 4 });
    expectClose(await mean!.data(), after.runningMean);
    expectClose(await variance!.data(), after.runningVariance);
    expect(await batches!.item()).toBe(4);
  });

  test.each([
    ['softmax of a long row', [3, 131], softmax, referenceSoftmax, 'softmax_group'],
    ['log-softmax of a long row', [2, 140], logSoftmax, referenceLogSoftmax, 'softmax_group'],
    [
      'a long sum',
      [2, 130 * 130],
      (x: Tensor) => sum(x, 1),
      (x: NdArray) => referenceSum(x, { axes: [1] }),
      'sum_group',
    ],
    ['the mean of many pixels', [2, 6, 7, 5], globalAvgPool, referencePool, 'column_sum_group'],
  ] as const)('%s', async (_, shape, run, expected, kernel) => {
    const check = async () =>
      checkAgainstReference(await gpu(), {
        inputs: [random([...shape], 1)],
        run: ([x]) => run(x!),
        reference: ([x]) => expected(x!),
        directions: true,
      });
    expect(await kernelsOf(check)).toContain(kernel);
  });

  test('the partial sums of a weight gradient', async () => {
    const check = async () =>
      checkAgainstReference(await gpu(), {
        inputs: [random([600, 8], 1), random([8, 12], 2), random([12], 3)],
        run: ([x, w, b]) => linear(x!, w!, b!),
        reference: ([x, w, b]) => referenceLinear(x!, w!, b!),
        directions: true,
      });
    const names = await kernelsOf(check);
    expect(names).toContain('matmul_tn_tiled_partial');
    expect(names.filter((name) => name === 'column_sum_group').length).toBe(2); // of the weight and the bias
  });

  test('with subgroups, if the adapter has them', async () => {
    const device = await testDevice();
    if (!device.features.has('subgroups')) return;
    const x = random([3, 130 * 130], 1);
    const { rules } = device;
    device.rules = gpuRules(Kernel);
    const get = vi.spyOn(device.pipelines, 'get');
    const y = (await sum(onDevice(device, x), 1).data()) as Float32Array;
    expect(get.mock.calls.map(([kernel]) => kernel.name)).toContain('sum_subgroup');
    get.mockRestore();
    device.rules = rules;
    expectClose(y, referenceSum(x, { axes: [1] }), { atol: 1e-3 });
  });

  test('a row with a NaN or infinity has no softmax', async () => {
    const x = random([4, 130], 1);
    x.data[5] = Number.NaN;
    x.data[130 + 7] = Number.POSITIVE_INFINITY;
    x.data.fill(Number.NEGATIVE_INFINITY, 2 * 130, 3 * 130);
    const y = (await softmax(onDevice(await gpu(), x)).data()) as Float32Array;
    const isBad = [0, 1, 2, 3].map((row) => y.subarray(130 * row, 130 * row + 130).every(Number.isNaN));
    expect(isBad).toEqual([true, true, true, false]);
  });
});

test('a device on a GPU has the rules; on a software adapter it has none', async () => {
  const { adapter, release } = await findAdapter();
  const asCard = {
    info: { vendor: 'nvidia', architecture: 'hopper' },
    features: adapter.features,
    limits: adapter.limits,
    async requestDevice(descriptor: GPUDeviceDescriptor) {
      const device = await adapter.requestDevice(descriptor);
      vi.spyOn(device, 'adapterInfo', 'get').mockReturnValue(asCard.info as GPUAdapterInfo);
      return device;
    },
  };
  const device = await deviceFrom(asCard as unknown as GPUAdapter, { onDestroy: release });
  expect(device.rules).not.toBeNull();
  device.destroy();
  const software = await testDevice();
  expect(software.rules === null).toBe(software.tuning.hasCostlyDispatches);
});
