import { describe, expect, test } from 'vitest';
import { zeros } from '../../src/tensor/create.ts';
import { groupNorm, layerNorm } from '../../src/tensor/ops/group-norm.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { map, random, randomNormal } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { channelGroups, normalize, rowGroups } from '../reference/ops/group-norm.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

/** Random values of the given parameters. */
const affine = (parts: 'both' | 'weight' | 'bias' | 'none', shape: number[]) => ({
  weight: parts === 'both' || parts === 'weight' ? [random(shape, 2, 0.5, 2)] : [],
  bias: parts === 'both' || parts === 'bias' ? [random(shape, 3)] : [],
});

describe('groupNorm', () => {
  test.each([
    [[2, 3, 4, 8], 2, 'both'],
    [[2, 3, 2, 6], 3, 'both'],
    [[1, 5, 3, 5], 1, 'both'],
    [[3, 2, 2, 4], 4, 'both'],
    [[2, 7], 1, 'both'],
    [[2, 5, 12], 3, 'both'],
    [[2, 2, 3, 8], 4, 'none'],
    [[2, 2, 3, 8], 2, 'weight'],
    [[2, 2, 3, 6], 2, 'bias'],
    [[1, 9, 9, 16], 4, 'both'],
  ] as const)('of %j in %i groups, weight and bias: %s', async (shape, groups, parts) => {
    const { weight, bias } = affine(parts, [shape.at(-1)!]);
    const pick = <T>([x, ...rest]: T[]) => ({
      x: x!,
      weight: weight.length ? rest[0] : undefined,
      bias: bias.length ? rest.at(-1) : undefined,
    });
    await checkAgainstReference(await testDevice(), {
      inputs: [randomNormal([...shape], 1, 2, 1), ...weight, ...bias],
      run: (inputs) => {
        const { x, weight, bias } = pick(inputs);
        return groupNorm(x, groups, weight ?? null, bias ?? null, { eps: 1e-3 });
      },
      reference: (inputs) => {
        const { x, weight, bias } = pick(inputs);
        return normalize(x, channelGroups(x, groups), 1e-3, weight, bias);
      },
      atol: 3e-5,
    });
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const x = onDevice(device, random([2, 3, 3, 6], 1));
    expect(() => groupNorm(x, 4)).toThrow(
      'groupNorm: numGroups: got 4 for 6 channels, expected a divisor of them',
    );
    expect(() => groupNorm(x, 0)).toThrow('groupNorm: numGroups: got 0, expected an integer >= 1');
    expect(() => groupNorm(x, 2, zeros(device, [3]))).toThrow(
      'groupNorm: weight has shape [3], expected [6]',
    );
    expect(() => groupNorm(x, 2, null, null, { eps: -1 })).toThrow('groupNorm: eps: got -1');
    expect(() => groupNorm(onDevice(device, random([6], 1)), 2)).toThrow('expected [N, ..., C]');
    expect(() => groupNorm(zeros(device, [2, 6], 'i32'), 2)).toThrow(
      'groupNorm: x: got a tensor of type i32',
    );
  });
});

describe('layerNorm', () => {
  test.each([
    [[5, 8], 1, 'both'],
    [[3, 4, 7], 1, 'both'],
    [[2, 3, 4], 2, 'both'],
    [[2, 3, 2, 5], 3, 'both'],
    [[6], 1, 'both'],
    [[2, 2, 2, 3], 4, 'none'],
    [[4, 5], 1, 'weight'],
    [[4, 8], 1, 'bias'],
    [[3, 300], 1, 'both'],
    [[515, 3], 1, 'both'],
    [[2, 16, 17, 4], 1, 'both'],
  ] as const)('of %j over %i axes, weight and bias: %s', async (shape, axes, parts) => {
    const last = shape.slice(-axes);
    const { weight, bias } = affine(parts, last);
    const [hasWeight, hasBias] = [weight.length > 0, bias.length > 0];
    await checkAgainstReference(await testDevice(), {
      inputs: [randomNormal([...shape], 1, 2, 1), ...weight, ...bias],
      run: ([x, ...rest]) => layerNorm(x!, last, hasWeight ? rest[0]! : null, hasBias ? rest.at(-1)! : null),
      reference: ([x, ...rest]) =>
        normalize(
          x!,
          rowGroups(x!, axes),
          1e-5,
          hasWeight ? rest[0] : undefined,
          hasBias ? rest.at(-1) : undefined,
        ),
      directions: shape.reduce((product: number, n: number) => product * n, 1) > 1000,
      atol: 3e-5,
    });
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const x = onDevice(device, random([2, 3, 6], 1));
    expect(() => layerNorm(x, 3)).toThrow('layerNorm: x has shape [2, 3, 6], expected last axes of [3]');
    expect(() => layerNorm(x, [1, 2, 3, 6])).toThrow('expected last axes of [1, 2, 3, 6]');
    expect(() => layerNorm(x, [])).toThrow('layerNorm: normalizedShape: got []');
    expect(() => layerNorm(x, [3, 6], zeros(device, [18]))).toThrow(
      'layerNorm: weight has shape [18], expected [3, 6]',
    );
  });
});

// a mean of a million and a deviation of one: float32 holds the values to a sixteenth
test.each([1e4, 1e6, -3e7])('means of %d: as precise as the inputs', async (mean) => {
  const device = await testDevice();
  const x = map(randomNormal([2, 9, 9, 8], 1, 10), (value) => Math.fround(value + mean));
  const y = noGrad(() => groupNorm(onDevice(device, x), 2));
  expectClose(await y.data(), normalize(x, channelGroups(x, 2)), { rtol: 1e-4, atol: 1e-4 });
  const rows = noGrad(() => layerNorm(onDevice(device, x), 8));
  expectClose(await rows.data(), normalize(x, rowGroups(x, 1)), { rtol: 1e-4, atol: 1e-4 });
});

test('only the parameters, or only the input, want a gradient', async () => {
  const device = await testDevice();
  const input = random([2, 3, 3, 4], 1);
  for (const [needsX, needsWeight] of [
    [true, false],
    [false, true],
  ] as const) {
    await checkAgainstReference(device, {
      inputs: needsX ? [input] : [random([4], 2)],
      run: ([leaf]) => {
        const x = needsX ? leaf! : onDevice(device, input);
        const weight = needsWeight ? leaf! : onDevice(device, random([4], 2));
        return groupNorm(x, 2, weight);
      },
      reference: ([leaf]) => {
        const x = needsX ? leaf! : input;
        return normalize(x, channelGroups(x, 2), 1e-5, needsWeight ? leaf! : random([4], 2));
      },
      atol: 3e-5,
    });
  }
});
