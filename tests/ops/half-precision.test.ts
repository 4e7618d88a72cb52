import { describe, expect, test } from 'vitest';
import {
  add,
  batchNorm,
  cast,
  channelGate,
  concat,
  conv2d,
  coordinateGate,
  coordinatePool,
  FerMobileNetV3,
  globalAvgPool,
  maxPool2d,
  mean,
  noGrad,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { conv2dFused } from '../../src/tensor/ops/conv2d.ts';
import { depthwiseConv2dFused } from '../../src/tensor/ops/depthwise-conv2d.ts';
import { openDevice, testDevice } from '../support/device.ts';

const device = await testDevice();
const hasHalf = device.features.has('shader-f16');

/** Random numbers that half precision can hold. */
const halves = (shape: number[], seed: number) =>
  hasHalf ? cast(cast(randn(device, shape, { seed }), 'f16'), 'f32') : randn(device, shape, { seed });
const full = (shape: number[], seed: number) => randn(device, shape, { seed });
const norm = (channels: number) => ({
  gamma: full([channels], 21),
  beta: full([channels], 22),
  mean: full([channels], 23),
  variance: tensor(
    device,
    Float32Array.from({ length: channels }, (_, i) => 0.5 + (i % 5)),
  ),
  eps: 1e-3,
});

/** f(x) of f16 must be f(x) of f32, rounded: half precision is for storage, not for arithmetic. */
async function expectRounded(x: Tensor, f: (x: Tensor) => Tensor, result: 'f16' | 'f32' = 'f16') {
  if (!hasHalf) {
    expect(() => cast(x, 'f16')).toThrow(/shader-f16, which this adapter .* lacks/);
    return;
  }
  const wanted = await f(x).data();
  const half = f(cast(x, 'f16'));
  expect(half.dtype).toBe(result);
  const got = await cast(half, 'f32').data();
  expect(got.length).toBe(wanted.length);
  // the last bit of f16 may differ if the compiler contracts the f32 arithmetic differently
  const share = result === 'f16' ? 2 ** -10 : 1e-6;
  for (const [i, value] of wanted.entries()) {
    expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(share * Math.abs(value) + 2 ** -14);
  }
}

describe('half precision: what each op stores is its f32 result, rounded', () => {
  test.each([
    ['wide', 8, 16, 1, 1],
    ['wide, odd rows', 12, 4, 1, 1],
    ['not a multiple of four', 6, 15, 1, 1],
    ['three channels, stride 2', 3, 16, 3, 2],
    ['three channels to five', 3, 5, 3, 1],
  ])('conv2d, %s', async (_, inputs, outputs, kernel, stride) => {
    const weight = full([kernel, kernel, inputs, outputs], 2);
    const options = { stride, padding: kernel >> 1 };
    const x = halves([2, 7, 5, inputs], 1);
    await expectRounded(x, (x) => conv2d(x, weight, null, options));
    const epilogue = { norm: norm(outputs), activation: 'hardSwish' } as const;
    await expectRounded(x, (x) => conv2dFused(x, weight, null, epilogue, options) as Tensor);
  });

  test('conv2d with a residual', async () => {
    const weight = full([1, 1, 8, 12], 2);
    const residual = halves([1, 6, 6, 12], 3);
    const fused = (x: Tensor) => {
      const added = x.dtype === 'f16' ? cast(residual, 'f16') : residual;
      return conv2dFused(x, weight, null, { norm: norm(12), activation: 'relu', residual: added }) as Tensor;
    };
    await expectRounded(halves([1, 6, 6, 8], 1), fused);
  });

  test.each([
    [8, 3, 1],
    [8, 5, 2],
    [6, 3, 2],
  ])('depthwiseConv2d, %i channels, kernel %i, stride %i', async (channels, kernel, stride) => {
    const weight = full([kernel, kernel, channels], 2);
    const options = { stride, padding: kernel >> 1 };
    const epilogue = { norm: norm(channels), activation: 'hardSwish' } as const;
    const x = halves([2, 9, 7, channels], 1);
    await expectRounded(x, (x) => depthwiseConv2dFused(x, weight, epilogue, options) as Tensor);
  });

  test.each([8, 5])('attention, %i channels', async (channels) => {
    const x = halves([2, 6, 4, channels], 1);
    for (const kind of ['avg', 'max', 'complementary'] as const) {
      await expectRounded(x, (x) => coordinatePool(x, kind), 'f32');
    }
    await expectRounded(x, globalAvgPool, 'f32');
    const gate = full([2, 1, 1, channels], 2);
    await expectRounded(x, (x) => channelGate(x, gate, 'hardSigmoid'));
    const strips = full([2, 10, 1, 3], 3);
    const gates = () => ({ weight: full([3, channels], 4), bias: full([channels], 5) });
    await expectRounded(x, (x) => coordinateGate(x, strips, gates(), gates()));
  });
});

/** Without half precision, the cast is rejected. */
const refusedAtOnce = (half: () => Tensor) => {
  if (!hasHalf) expect(half).toThrow(/shader-f16/);
  return !hasHalf;
};

describe('half precision is rejected', () => {
  const half = () => cast(zeros(device, [1, 4, 4, 8]), 'f16');

  test('by ops that do not support it', () => {
    if (refusedAtOnce(half)) return;
    const x = half();
    expect(() => add(x, x)).toThrow(/add: got f16 tensors, expected f32. Use cast\(x, 'f32'\) first/);
    expect(() => mean(x)).toThrow(/f16, expected f32/);
    expect(() => concat([x, x], 0)).toThrow(
      /is f16, but with f16 activations .* needs it as f32. Cast it first/,
    );
    expect(() => maxPool2d(x, { kernelSize: 2 })).toThrow(
      /is f16, but with f16 activations .* needs it as f32. Cast it first/,
    );
    const vector = zeros(device, [8]);
    const running = { mean: vector, variance: vector };
    const options = { training: false, activation: 'none', eps: 1e-3, momentum: 0.1 } as const;
    expect(() => batchNorm(x, vector, vector, running, options)).toThrow(
      /batchNorm: x: got a tensor of type f16/,
    );
  });

  test('for operands of different types', () => {
    if (refusedAtOnce(half)) return;
    const weight = zeros(device, [1, 1, 8, 8]);
    const residual = zeros(device, [1, 4, 4, 8]);
    expect(() => conv2dFused(half(), weight, null, { norm: null, activation: 'none', residual })).toThrow(
      /residual is f32, but with f16 activations .* needs it as f16/,
    );
    expect(() => conv2d(half(), cast(weight, 'f16'))).toThrow(
      /is f16, but with f16 activations .* needs it as f32/,
    );
  });

  test('by the tape and by the host', async () => {
    if (refusedAtOnce(half)) return;
    const weight = zeros(device, [1, 1, 8, 8]);
    weight.requiresGrad = true;
    expect(() => conv2d(half(), weight)).toThrow(/conv2d: f16 has no gradient/);
    await expect(half().data()).rejects.toThrow(
      /data: dtype: got f16, which exists only on the GPU\. .*cast/,
    );
    expect(() => half().write(new Float32Array(128))).toThrow(
      /write: dtype: got f16, which exists only on the GPU/,
    );
  });
});

test('without shader-f16 the cast is an error', async () => {
  const plain = await openDevice({ without: ['shader-f16'] });
  expect(() => cast(zeros(plain, [4]), 'f16')).toThrow(/shader-f16, which this adapter .* lacks/);
  plain.destroy();
});

test.each(['paper', 'reduced-se'] as const)('the network %s with f16 activations', async (variant) => {
  const model = new FerMobileNetV3({ variant, zeroInitResidual: true }).to(device, { seed: 3 });
  const x = full([2, 48, 40, 3], 1);
  model.train();
  for (let i = 0; i < 30; i++) noGrad(() => model.call(x).dispose()); // matching running statistics
  const inTraining = await noGrad(() => model.call(x)).data();
  expect([...inTraining].every(Number.isFinite)).toBe(true);
  model.eval();
  const wanted = await noGrad(() => model.call(x)).data();
  model.activations = 'f16';
  if (!hasHalf) {
    expect(() => noGrad(() => model.call(x))).toThrow(/shader-f16/);
    return;
  }
  const logits = noGrad(() => model.call(x));
  expect(logits.dtype).toBe('f32');
  const got = await logits.data();
  const scale = Math.max(...wanted.map(Math.abs));
  const worst = Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] as number))));
  expect(worst).toBeGreaterThan(0);
  expect(worst / scale).toBeLessThan(0.02);
  model.dispose();
});
