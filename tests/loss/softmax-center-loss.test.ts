import { describe, expect, test } from 'vitest';
import { SoftmaxCenterLoss, type SoftmaxCenterLossOptions } from '../../src/loss/softmax-center-loss.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { from, map, type NdArray, random, randomIntegers, zeros } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { updateCenters } from '../reference/ops/center-loss.ts';
import { add, centerLoss, crossEntropy, Value } from '../reference/tape.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const ROWS = 7;
const CLASSES = 4;
const WIDTH = 6;
const logits = random([ROWS, CLASSES], 1, -3, 3);
const embedding = random([ROWS, WIDTH], 2, -2, 2);
const labels = randomIntegers(ROWS, CLASSES, 3);
const classWeights = random([CLASSES], 4, 0.5, 2);

/** One step with the requested loss: its parts, gradients and the centers after it. */
async function step(options: SoftmaxCenterLossOptions, soft?: NdArray) {
  const device = await testDevice();
  const loss = new SoftmaxCenterLoss(CLASSES, WIDTH, options).to(device, { seed: 2 });
  const [x, f] = [onDevice(device, logits, true), onDevice(device, embedding, true)];
  const wanted = tensor(device, Uint32Array.from(labels));
  const parts = loss.call(x, soft ? onDevice(device, soft) : wanted, { embedding: f, labels: wanted });
  backward(parts.total);
  const centersBefore = loss.center ? [...(await loss.center.centers.value.data())] : [];
  loss.update(x, { embedding: f, labels: wanted });
  return {
    total: await parts.total.item(),
    crossEntropy: await parts.parts.crossEntropy!.item(),
    center: parts.parts.center ? await parts.parts.center.item() : null,
    byLogits: await x.grad!.data(),
    byEmbedding: f.grad ? await f.grad.data() : new Float32Array(ROWS * WIDTH),
    centersBefore,
    centersAfter: loss.center ? [...(await loss.center.centers.value.data())] : [],
  };
}

describe('SoftmaxCenterLoss', () => {
  test.each([
    { lambda: 0.4 },
    { lambda: 0.4, over: 'logits', alpha: 0.25 },
    { lambda: 2, over: 'embedding', kind: 'released' },
    { lambda: 0.4, over: 'logits', kind: 'released', labelSmoothing: 0.1 },
    { lambda: 0.4, scale: 1 },
  ] satisfies SoftmaxCenterLossOptions[])('%o: parts, gradients, centers', async (options) => {
    const {
      lambda,
      over = 'embedding',
      kind = 'learned',
      alpha = 0.5,
      labelSmoothing = 0,
    } = options as SoftmaxCenterLossOptions & { lambda: number };
    const got = await step(options);
    const [x, f] = [new Value(logits), new Value(embedding)];
    const entropy = crossEntropy(x, labels, { labelSmoothing });
    const width = over === 'logits' ? CLASSES : WIDTH;
    const centers = from([CLASSES, width], got.centersBefore);
    const pulled = over === 'logits' ? x : f;
    const { scale = CLASSES / width } = options as SoftmaxCenterLossOptions;
    const center = centerLoss(pulled, labels, centers, { kind, lambda, scale });
    const total = add(entropy, center);
    total.backward();
    expectClose([got.total, got.crossEntropy], [total.data[0]!, entropy.data[0]!], { label: 'loss' });
    // the parts add up to the total
    expectClose([got.center!], [center.data[0]!], { label: 'center loss' });
    expectClose(got.byLogits, x.grad, { label: 'gradient of the logits' });
    expectClose(got.byEmbedding, f.grad, { label: 'gradient of the embedding' });
    if (kind === 'released') expect(got.centersAfter).toEqual(got.centersBefore);
    else {
      expect(new Set(got.centersBefore)).toEqual(new Set([0]));
      const moved = updateCenters(pulled, labels, zeros([CLASSES, width]), alpha);
      expectClose(got.centersAfter, moved, { label: 'centers' });
    }
  });

  test('lambda 0 and the default omit the center loss', async () => {
    for (const options of [{}, { lambda: 0 }]) {
      const got = await step(options);
      expect(got.center).toBeNull();
      expect(got.total).toBe(got.crossEntropy);
      expect(got.centersBefore).toEqual([]);
    }
  });

  test('class weights and smoothing apply to the cross-entropy', async () => {
    const device = await testDevice();
    const options = { labelSmoothing: 0.2, weight: onDevice(device, classWeights) };
    const got = await step({ ...options, lambda: 0.5 });
    const expected = crossEntropy(new Value(logits), labels, {
      labelSmoothing: 0.2,
      classWeights: classWeights.data,
    });
    expectClose([got.crossEntropy], expected.data);
  });

  test('soft targets apply to the cross-entropy, the centers use the labels', async () => {
    const votes = random([ROWS, CLASSES], 5, 0.1, 1);
    const soft = map(votes, (v, i) => {
      const row = votes.data.subarray(
        CLASSES * Math.floor(i / CLASSES),
        CLASSES * (Math.floor(i / CLASSES) + 1),
      );
      return Math.fround(v / row.reduce((a, b) => a + b, 0));
    });
    const options = { lambda: 0.4, labelSmoothing: 0.1 };
    const [got, hard] = [await step(options, soft), await step(options)];
    const x = new Value(logits);
    const expected = crossEntropy(x, soft, { labelSmoothing: 0.1 });
    expected.backward();
    expectClose([got.crossEntropy], expected.data);
    expectClose(got.byLogits, x.grad, { label: 'gradient of the logits' });
    expect(got.center).toBe(hard.center);
    expect(got.byEmbedding).toEqual(hard.byEmbedding);
    expect(got.centersAfter).toEqual(hard.centersAfter);
    expect(got.crossEntropy).not.toBe(hard.crossEntropy);
  });

  test('its gradient is the sum of the parts', async () => {
    const [none, some, more] = await Promise.all([0, 1, 3].map((lambda) => step({ lambda, over: 'logits' })));
    const pull = map(from([ROWS * CLASSES], some!.byLogits), (v, i) => v - none!.byLogits[i]!);
    const expected = map(pull, (v, i) => none!.byLogits[i]! + 3 * v);
    expectClose(more!.byLogits, expected, { atol: 1e-5 });
  });

  test('rejects a negative weight', () => {
    expect(() => new SoftmaxCenterLoss(2, 3, { lambda: -1 })).toThrow(
      'SoftmaxCenterLoss: lambda: got -1, expected a number >= 0',
    );
  });
});
