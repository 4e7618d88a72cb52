import { expect, test } from 'vitest';
import type { BatchSource } from '../../src/data/batch-source.ts';
import { nonFiniteRows, requireFiniteLogits } from '../../src/layers/finite-logits.ts';
import { full } from '../../src/tensor/create.ts';
import { NonFiniteError } from '../../src/tensor/non-finite-error.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import { prepareRun } from '../support/fit-run.ts';
import type { SmallNetwork } from '../support/small-network.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

async function failureOf(run: Promise<unknown>): Promise<NonFiniteError> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  if (!(error instanceof NonFiniteError)) throw new Error(`expected a NonFiniteError, got ${error}`);
  return error;
}

function write(model: SmallNetwork, name: string, value: number): void {
  const found = [...model.namedParameters()].find(([path]) => path === name);
  if (!found) throw new Error(`no parameter ${name}`);
  found[1].value.write(new Array(found[1].value.size).fill(value));
}

const options = { batch: 4, side: 32 };
const LAST = 'classifier_2.2.bias';

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'a network of %d is an error that names the weight instead of an accuracy',
  async (value) => {
    const { device, model, free } = await prepareRun();
    write(model, LAST, value);
    const before = device.memory().liveBytes;
    for (const mirror of [false, true]) {
      const error = await failureOf(evaluate(model, tinyPictures(7), { ...options, mirror }));
      expect(error.layer).toBe(LAST);
      expect(error.message).toContain(
        `evaluate: the network's outputs are not finite (NaN or infinite) for 7 of 7 images (first: image 1); ` +
          `2 of 2 values of ${LAST} are not finite. They do not determine a class.`,
      );
    }
    expect(device.memory().liveBytes).toBe(before);
    free();
  },
);

test('finite weights that overflow: the layer is named', async () => {
  const { model, free } = await prepareRun();
  write(model, 'classifier_1.0.bias', 1e5);
  write(model, 'classifier_2.2.weight', 3e38);
  const error = await failureOf(evaluate(model, tinyPictures(6), options));
  expect(error.layer).toMatch(/^(features|classifier)/);
  expect(error.message).toMatch(/the first non-finite value was output of classifier_2/);
  free();
});

test('images with non-finite logits are counted, and the first is named', async () => {
  const { model, free } = await prepareRun();
  const source = tinyPictures(11);
  const poisoned: BatchSource = {
    classNames: source.classNames,
    length: source.length,
    order: source.order,
    open(device, batch) {
      const reader = source.open(device, batch);
      const factor = full(device, [4, 1, 1, 1], 1);
      return {
        record() {
          const { images, labels } = reader.record();
          return { images: mul(images, factor), labels };
        },
        load(indices) {
          factor.write(indices.map((index) => (index === 5 || index === 9 ? Number.NaN : 1)));
          reader.load(indices);
        },
        dispose() {
          factor.dispose();
          reader.dispose();
        },
      };
    },
  };
  const error = await failureOf(evaluate(model, poisoned, options));
  expect(error.message).toContain('for 2 of 11 images (first: image 6);');
  expect(error.layer).toBe('the images');
  free();
});

test('requireFiniteLogits accepts finite logits and otherwise names the image', async () => {
  const { model, free } = await prepareRun();
  expect(nonFiniteRows([1, 2, Number.NaN, 4, 5, Number.NEGATIVE_INFINITY], 2)).toEqual([1, 2]);
  await requireFiniteLogits('predict', model, [1, -2, 3e38, 0], 2);
  const nameOf = (row: number) => ['a.png', 'b.png'][row]!;
  const run = requireFiniteLogits('predict', model, [1, 2, Number.NaN, 4], 2, nameOf);
  expect((await failureOf(run)).message).toBe(
    "predict: the network's outputs are not finite (NaN or infinite) for 1 of 2 images (first: b.png). " +
      'They do not determine a class. Load finite weights, or train with a lower learning rate.',
  );
  write(model, LAST, Number.NaN);
  expect((await failureOf(requireFiniteLogits('predict', model, [Number.NaN, 0], 2))).layer).toBe(LAST);
  free();
});
