import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/tensor/create.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { crossEntropy } from '../../src/tensor/ops/cross-entropy.ts';
import { backward } from '../../src/tensor/tape.ts';
import { from, map, type NdArray, random, randomIntegers } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/cross-entropy.ts';
import { softmax } from '../reference/ops/softmax.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const labelsOf = async (labels: number[]) => tensor(await testDevice(), Uint32Array.from(labels));

interface Case {
  rows: number;
  classes: number;
  soft?: boolean;
  labelSmoothing?: number;
  weighted?: boolean;
}

async function check({ rows, classes, soft = false, labelSmoothing = 0, weighted = false }: Case) {
  const device = await testDevice();
  const labels = randomIntegers(rows, classes, 2);
  const votes: NdArray = map(softmax(random([rows, classes], 3, -2, 2)), Math.fround);
  const weights = random([classes], 4, 0.5, 2);
  const target = soft ? onDevice(device, votes) : await labelsOf(labels);
  const classWeights = weighted ? onDevice(device, weights) : undefined;
  const expected = { labelSmoothing, classWeights: weighted ? weights.data : undefined };
  await checkAgainstReference(device, {
    inputs: [random([rows, classes], 1, -4, 4)],
    run: ([logits]) => crossEntropy(logits!, target, { labelSmoothing, classWeights }),
    reference: ([logits]) => from([], [reference.crossEntropy(logits!, soft ? votes : labels, expected)]),
  });
}

describe('crossEntropy', () => {
  for (const soft of [false, true]) {
    for (const labelSmoothing of [0, 0.1]) {
      for (const weighted of [false, true]) {
        const name = `${soft ? 'distributions' : 'labels'}, smoothing ${labelSmoothing}, weighted ${weighted}`;
        test(name, async () => check({ rows: 5, classes: 7, soft, labelSmoothing, weighted }));
      }
    }
  }

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

  test('times the gradient that comes in', async () => {
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

  test('says what does not fit', async () => {
    const device = await testDevice();
    const logits = onDevice(device, random([2, 3], 1));
    const labels = await labelsOf([0, 1]);
    const three = await labelsOf([0, 1, 2]);
    expect(() => crossEntropy(logits, three)).toThrow(/target is u32 \[3\], expected labels u32 \[2\]/);
    expect(() => crossEntropy(logits, labels, { classWeights: onDevice(device, random([2], 1)) })).toThrow(
      /classWeights are f32 \[2\], expected f32 \[3\]/,
    );
    expect(() => crossEntropy(logits, labels, { labelSmoothing: 2 })).toThrow(/between 0 and 1, got 2/);
    expect(() => crossEntropy(onDevice(device, random([3], 1)), labels)).toThrow(/expected f32 \[N, K\]/);
  });
});
