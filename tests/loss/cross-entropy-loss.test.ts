import { describe, expect, test } from 'vitest';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { from, type NdArray, random, randomIntegers } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { softmax } from '../reference/ops/softmax.ts';
import { crossEntropy, Value } from '../reference/tape.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const ROWS = 6;
const CLASSES = 7;
const logits = random([ROWS, CLASSES], 1, -4, 4);
const labels = randomIntegers(ROWS, CLASSES, 2);
const votes = softmax(random([ROWS, CLASSES], 3, -3, 3)) as NdArray;
const weights = random([CLASSES], 4, 0.2, 3);

describe.each([
  ['labels', labels],
  ['distributions', from([ROWS, CLASSES], Float32Array.from(votes.data))],
] as const)('CrossEntropyLoss by %s', (_, target) => {
  test.each([
    { labelSmoothing: 0, weighted: false },
    { labelSmoothing: 0.1, weighted: false },
    { labelSmoothing: 0, weighted: true },
    { labelSmoothing: 0.3, weighted: true },
    { labelSmoothing: 1, weighted: false },
  ])('%o', async ({ labelSmoothing, weighted }) => {
    const device = await testDevice();
    const x = new Value(logits);
    const classWeights = weighted ? weights.data : undefined;
    const expected = crossEntropy(x, target, { labelSmoothing, classWeights });
    expected.backward();
    const entropy = new CrossEntropyLoss({
      labelSmoothing,
      ...(weighted && { weight: onDevice(device, weights) }),
    });
    const input = onDevice(device, logits, true);
    const wanted = 'shape' in target ? onDevice(device, target) : tensor(device, Uint32Array.from(target));
    const loss = entropy.call(input, wanted);
    backward(loss);
    expect(loss.shape).toEqual([]);
    expectClose(await loss.data(), expected.data, { label: 'loss' });
    expectClose(await input.grad!.data(), x.grad, { label: 'gradient' });
  });
});

test('without smoothing it is plain cross-entropy', async () => {
  const device = await testDevice();
  const target = tensor(device, Uint32Array.from(labels));
  const loss = await new CrossEntropyLoss().call(onDevice(device, logits), target).item();
  // the mean of -log softmax[label], written out
  const rows = labels.map((label, n) => {
    const row = logits.data.subarray(n * CLASSES, (n + 1) * CLASSES);
    return Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0)) - row[label]!;
  });
  expect(loss).toBeCloseTo(rows.reduce((sum, v) => sum + v, 0) / ROWS, 5);
});

test('logits far apart neither overflow nor lose the label', async () => {
  const device = await testDevice();
  const far = onDevice(device, from([2, 2], [1e4, -1e4, -300, 300]), true);
  const loss = new CrossEntropyLoss().call(far, tensor(device, Uint32Array.of(0, 0)));
  backward(loss);
  expect(await loss.item()).toBe(300);
  expect([...(await far.grad!.data())]).toEqual([0, 0, -0.5, 0.5]);
});

test.each([-100, 2])('part of a batch of i32 or u32 labels, of which %i is ignored', async (ignoreIndex) => {
  const device = await testDevice();
  const all = [...labels.slice(0, 2), ignoreIndex, ignoreIndex].map((label) => label | 0);
  for (const weight of [undefined, onDevice(device, weights)]) {
    const loss = new CrossEntropyLoss({ ignoreIndex, weight });
    const half = async (dtype: 'i32' | 'u32', from: number) => {
      const rows = onDevice(device, random([2, CLASSES], 5 + from));
      const typed = (list: readonly number[]) =>
        tensor(device, dtype === 'i32' ? Int32Array.from(list) : Uint32Array.from(list));
      return loss.call(rows, typed(all.slice(from, from + 2)), { allLabels: typed(all) }).item();
    };
    expect(await half('i32', 0)).toBe(await half('u32', 0));
    expect(await half('i32', 0)).toBeGreaterThan(0);
    // both rows are ignored
    expect(await half('i32', 2)).toBe(0);
  }
});

test('rejects mismatched arguments', async () => {
  const device = await testDevice();
  const x = onDevice(device, logits);
  const few = tensor(device, Uint32Array.of(1, 2));
  expect(() => new CrossEntropyLoss().call(x, few)).toThrow(
    'crossEntropy: target is u32 [2], expected labels u32 [6] or distributions f32 [6, 7]',
  );
  expect(() => new CrossEntropyLoss().call(few, few)).toThrow(
    'crossEntropy: logits: got a tensor of type u32',
  );
  const weight = onDevice(device, random([3], 1));
  expect(() => new CrossEntropyLoss({ weight }).call(x, onDevice(device, logits))).toThrow(
    'weight is f32 [3], expected f32 [7]',
  );
  expect(() => new CrossEntropyLoss({ labelSmoothing: 1.5 })).toThrow(
    'CrossEntropyLoss: labelSmoothing: got 1.5, expected a number from 0 to 1',
  );
});
