import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { crossEntropy, type Reduction } from '../../src/tensor/ops/cross-entropy.ts';
import { from, map, type NdArray, random, randomIntegers } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/cross-entropy.ts';
import { softmax } from '../reference/ops/softmax.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const labelsOf = async (labels: number[]) => tensor(await testDevice(), Uint32Array.from(labels));

/** Close values, and NaN and infinities where expected. */
function expectSame(got: ArrayLike<number>, wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) {
    if (Number.isFinite(value)) expect(got[i]).toBeCloseTo(value, 5);
    else expect(got[i]).toBe(value);
  }
}

interface Case {
  rows: number;
  classes: number;
  soft?: boolean;
  labelSmoothing?: number;
  weighted?: boolean;
  reduction?: Reduction;
  /** every third label, which is ignored */
  ignoreIndex?: number;
  divisor?: number;
}

async function check(options: Case) {
  const { rows, classes, soft = false, labelSmoothing = 0, weighted = false, reduction = 'mean' } = options;
  const { ignoreIndex, divisor } = options;
  const device = await testDevice();
  const labels = randomIntegers(rows, classes, 2);
  if (ignoreIndex !== undefined) for (let i = 1; i < rows; i += 3) labels[i] = ignoreIndex;
  const votes: NdArray = map(softmax(random([rows, classes], 3, -2, 2)), Math.fround);
  const weights = random([classes], 4, 0.5, 2);
  const target = soft ? onDevice(device, votes) : tensor(device, Int32Array.from(labels));
  const form = { labelSmoothing, reduction, ...(ignoreIndex !== undefined && { ignoreIndex }) };
  await checkAgainstReference(device, {
    inputs: [random([rows, classes], 1, -4, 4)],
    run: ([logits]) =>
      crossEntropy(logits!, target, {
        ...form,
        weight: weighted ? onDevice(device, weights) : undefined,
        ...(divisor !== undefined && { divisor: onDevice(device, from([], [divisor])) }),
      }),
    reference: ([logits]) =>
      reference.crossEntropyArray(logits!, soft ? votes : labels, {
        ...form,
        classWeights: weighted ? weights.data : undefined,
        ...(divisor !== undefined && { divisor }),
      }),
  });
}

describe('crossEntropy', () => {
  for (const soft of [false, true]) {
    for (const labelSmoothing of [0, 0.1]) {
      for (const weighted of [false, true]) {
        for (const reduction of ['mean', 'sum', 'none'] as const) {
          const form = { soft, labelSmoothing, weighted, reduction };
          test(JSON.stringify(form), async () => check({ rows: 5, classes: 7, ...form }));
        }
      }
    }
  }

  for (const reduction of ['mean', 'sum', 'none'] as const) {
    for (const weighted of [false, true]) {
      test.each([-100, -1, 0, 3, 255])(
        `label %i ignored, ${reduction}, weighted ${weighted}`,
        async (ignoreIndex) => {
          for (const labelSmoothing of [0, 0.2]) {
            await check({ rows: 9, classes: 5, ignoreIndex, reduction, weighted, labelSmoothing });
          }
        },
      );
    }
  }

  test('one loss per row, for many rows', async () => {
    await check({ rows: 200, classes: 3, reduction: 'none', ignoreIndex: 2 });
  });

  test.each([[[]], [[1]], [[2, 3]], [[2, 2, 3]], [[2, 1, 2, 3]]])(
    'logits of shape [%s, 5]: the classes are the last axis',
    async (lead) => {
      const device = await testDevice();
      const rows = lead.reduce((product, n) => product * n, 1);
      const labels = randomIntegers(rows, 5, 2);
      if (rows > 1) labels[1] = -100;
      const votes = map(softmax(random([rows, 5], 3, -2, 2)), Math.fround);
      const flat = (x: NdArray): NdArray => ({ shape: [rows, 5], data: x.data });
      for (const reduction of ['mean', 'sum', 'none'] as const) {
        for (const target of [labels, votes]) {
          await checkAgainstReference(device, {
            inputs: [random([...lead, 5], 1, -4, 4)],
            run: ([logits]) => {
              const wanted = Array.isArray(target)
                ? tensor(device, Int32Array.from(target), { shape: lead })
                : onDevice(device, { shape: [...lead, 5], data: target.data });
              return crossEntropy(logits!, wanted, { reduction, labelSmoothing: 0.1 });
            },
            reference: ([logits]) => {
              const y = reference.crossEntropyArray(flat(logits!), target, {
                reduction,
                labelSmoothing: 0.1,
              });
              return reduction === 'none' ? { shape: [...lead], data: y.data } : y;
            },
          });
        }
      }
    },
  );

  test('a divisor from the caller', async () => {
    for (const weighted of [false, true]) await check({ rows: 6, classes: 3, divisor: 2.5, weighted });
    await check({ rows: 6, classes: 3, divisor: 7, soft: true });
  });

  test('every label ignored: the mean is NaN, sum and rows are 0, the gradient is 0', async () => {
    const device = await testDevice();
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      for (const labelSmoothing of [0, 0.1]) {
        const logits = onDevice(device, random([2, 3], 1), true);
        const target = tensor(device, Int32Array.of(-100, -100));
        const loss = crossEntropy(logits, target, { reduction, labelSmoothing });
        backward(sum(loss));
        const values = [...(await loss.data())];
        expect(values).toEqual(reduction === 'mean' ? [Number.NaN] : values.map(() => 0));
        expect([...(await logits.grad!.data())].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
      }
    }
  });

  test('labels u32 ignore -100 as its 32 bits', async () => {
    const device = await testDevice();
    const logits = onDevice(device, random([3, 4], 1));
    const losses = await Promise.all(
      [tensor(device, Uint32Array.of(1, -100 >>> 0, 2)), tensor(device, Int32Array.of(1, -100, 2))].map(
        (target) => crossEntropy(logits, target).item(),
      ),
    );
    expect(losses[0]).toBe(losses[1]);
    expect(losses[0]).toBeCloseTo(reference.crossEntropy(random([3, 4], 1), [1, -100, 2]), 5);
  });

  // results of torch 2: [logits, label or distribution, loss, gradient]
  const [NAN, INF] = [Number.NaN, Number.POSITIVE_INFINITY];
  test.each([
    ['NaN', [0, NAN, 1], 0, NAN, [NAN, NAN, NAN]],
    ['NaN at the first position', [NAN, 0, 1], 1, NAN, [NAN, NAN, NAN]],
    ['infinity', [0, INF, 1], 1, NAN, [NAN, NAN, NAN]],
    ['minus infinity at the label', [-INF, 0, 0], 0, INF, [-1, 0.5, 0.5]],
    ['minus infinity elsewhere', [-INF, 0, 0], 1, Math.LN2, [0, -0.5, 0.5]],
    ['only minus infinity', [-INF, -INF, -INF], 1, NAN, [NAN, NAN, NAN]],
    ['minus infinity where a distribution is 0', [-INF, 0, 0], [0, 0.5, 0.5], NAN, [0, 0, 0]],
    ['minus infinity where a distribution is not 0', [-INF, 0, 0], [0.5, 0.5, 0], INF, [-0.5, 0, 0.5]],
    ['a distribution with a NaN', [0, 0, 0], [NAN, 0.5, 0.5], NAN, [NAN, NAN, NAN]],
  ])('%s', async (_, values, wanted, loss, gradient) => {
    const device = await testDevice();
    for (const reduction of ['none', 'sum', 'mean'] as const) {
      const logits = onDevice(device, from([2, 3], [...values, 0, 0, 0]), true);
      const target = Array.isArray(wanted)
        ? onDevice(device, from([2, 3], [...wanted, 1, 0, 0]))
        : tensor(device, Int32Array.of(wanted, 0));
      const y = crossEntropy(logits, target, { reduction });
      backward(sum(y));
      const other = Math.log(3);
      const both =
        reduction === 'none' ? [loss, other] : [reduction === 'sum' ? loss + other : (loss + other) / 2];
      expectSame(await y.data(), both);
      const share = reduction === 'mean' ? 0.5 : 1;
      const rest = [-2 / 3, 1 / 3, 1 / 3];
      expectSame(
        await logits.grad!.data(),
        [...gradient, ...rest].map((v) => v * share),
      );
    }
  });

  test.each([
    [1, 1],
    [1, 8],
    [3, 21],
    [64, 7],
    [65, 8],
    [150, 3],
    [2, 72],
  ])('%i rows of %i classes', async (rows, classes) => check({ rows, classes, weighted: true }));

  test('is stable for large logits', async () => {
    const device = await testDevice();
    const logits = from([2, 3], [1000, 0, -1000, 3e38, -3e38, 0]);
    const input = onDevice(device, logits, true);
    const loss = crossEntropy(input, await labelsOf([1, 0]));
    backward(loss);
    expect(await loss.item()).toBeCloseTo(500, 3);
    expectClose(await input.grad!.data(), [0.5, -0.5, 0, 0, 0, 0]);
  });

  test('a masked logit of minus infinity', async () => {
    const device = await testDevice();
    const logits = onDevice(device, from([1, 3], [1, Number.NEGATIVE_INFINITY, 1]), true);
    const loss = crossEntropy(logits, await labelsOf([0]));
    backward(loss);
    expect(await loss.item()).toBeCloseTo(Math.log(2), 6);
    expectClose(await logits.grad!.data(), [-0.5, 0, 0.5]);
  });

  test('multiplied by the incoming gradient', async () => {
    const device = await testDevice();
    const labels = await labelsOf([1, 0]);
    const gradientOf = async (factor: number) => {
      const logits = onDevice(device, random([2, 4], 1), true);
      backward(mul(crossEntropy(logits, labels), factor));
      return [...(await logits.grad!.data())];
    };
    const once = await gradientOf(1);
    expectClose(
      await gradientOf(-3),
      once.map((v) => -3 * v),
    );
  });

  test('a label out of range or a NaN makes loss and gradient NaN', async () => {
    const device = await testDevice();
    const nan = from([2, 3], [Number.NaN, 0, 1, 0, 1, 2]);
    const cases: [NdArray, number[]][] = [
      [random([2, 3], 1), [0, 3]],
      [random([2, 3], 1), [4_000_000_000, 0]],
      [nan, [1, 1]],
    ];
    for (const [values, labels] of cases) {
      const logits = onDevice(device, values, true);
      const loss = crossEntropy(logits, await labelsOf(labels));
      backward(loss);
      expect(await loss.item()).toBeNaN();
      expect((await logits.grad!.data())[0]).toBeNaN();
    }
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const logits = onDevice(device, random([2, 3], 1));
    const labels = await labelsOf([0, 1]);
    const three = await labelsOf([0, 1, 2]);
    expect(() => crossEntropy(logits, three)).toThrow(/target is u32 \[3\], expected labels u32 \[2\]/);
    expect(() => crossEntropy(logits, labels, { weight: onDevice(device, random([2], 1)) })).toThrow(
      /weight is f32 \[2\], expected f32 \[3\]/,
    );
    expect(() => crossEntropy(logits, labels, { labelSmoothing: 2 })).toThrow(
      'crossEntropy: labelSmoothing: got 2, expected a number from 0 to 1',
    );
    expect(() => crossEntropy(logits, labels, { reduction: 'avg' as 'mean' })).toThrow(
      /reduction: got .*avg/,
    );
    expect(() => crossEntropy(logits, labels, { ignoreIndex: 1.5 })).toThrow(/ignoreIndex: got 1.5/);
    expect(() => crossEntropy(logits, labels, { classWeights: 1 } as object)).toThrow(
      'unknown option "classWeights" (known: labelSmoothing, weight, ignoreIndex, reduction, divisor). Did you mean "weight"?',
    );
    const soft = onDevice(device, from([2, 3], [1, 0, 0, 0, 1, 0]));
    expect(() => crossEntropy(logits, soft, { ignoreIndex: 1 })).toThrow(
      /ignoreIndex 1 needs labels, but the target is distributions/,
    );
    const divisor = onDevice(device, from([], [2]));
    expect(() => crossEntropy(logits, labels, { divisor, reduction: 'sum' })).toThrow(/divisor .* expected/);
    expect(() => crossEntropy(onDevice(device, random([], 1)), labels)).toThrow(/expected f32 \[..., K\]/);
    expect(() => crossEntropy(onDevice(device, random([2, 4, 3], 1)), labels)).toThrow(
      'crossEntropy: target is u32 [2], expected labels u32 [2, 4] or distributions f32 [2, 4, 3]',
    );
  });
});
