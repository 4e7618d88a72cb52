import { boolean, checkOptions, type OptionRules } from '../gpu/check-options.ts';
import { requireFiniteLogits } from '../layers/finite-logits.ts';
import type { Module } from '../layers/module.ts';
import { mirrorImages } from '../tensor/image.ts';
import { concat } from '../tensor/ops/concat.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ImageClassifier, Prediction } from './image-classifier.ts';

/** Options of `predictionLogits` and `probabilitiesOf`. */
export interface PredictionOptions {
  /** whether to also run the mirror image of each image (default false) */
  mirror?: boolean;
}

const OPTIONS: OptionRules<PredictionOptions> = { mirror: boolean };

/**
 * Runs a classifier in evaluation mode on a batch, and with `mirror` also on the mirror images in the same pass. May be
 * recorded in a capture; `probabilitiesOf` converts the result to probabilities.
 *
 * @param images [N, side, side, 3], prepared as for `forward`
 * @returns logits [N, classes]; with `mirror` [2N, classes], the mirror images last
 */
export function predictionLogits(model: Module, images: Tensor, options: PredictionOptions = {}): Tensor {
  checkOptions('predictionLogits', options, OPTIONS);
  const { mirror = false } = options;
  return scope(() => noGrad(() => model.call(mirror ? concat([images, mirrorImages(images)], 0) : images)));
}

/**
 * Converts the logits of `predictionLogits` to probabilities: softmax in float64, then the mean over an image and its
 * mirror image.
 *
 * @param logits the values on the host, N rows of `classes`, or 2N rows with `mirror`
 * @returns N rows that sum to 1
 * @throws Error when a logit is not finite; `requireFiniteLogits` also finds the cause
 */
export function probabilitiesOf(
  logits: Float32Array,
  classes: number,
  options: PredictionOptions = {},
): Float32Array[] {
  checkOptions('probabilitiesOf', options, OPTIONS);
  const { mirror = false } = options;
  const views = logits.length / classes;
  const count = mirror ? views / 2 : views;
  const rows = Array.from({ length: views }, (_, view) => {
    const row = logits.subarray(view * classes, (view + 1) * classes);
    if (row.every(Number.isFinite)) return softmax(row);
    throw new Error(
      `probabilitiesOf: the logits of image ${view % count} are not finite (got ${[...row].join(', ')}). ` +
        'Check the weights and the image for NaN and infinity.',
    );
  });
  return Array.from({ length: count }, (_, i) => {
    const [own, other] = [rows[i] as Float64Array, rows[i + count]];
    return Float32Array.from(own, (value, at) => (other ? (value + (other[at] as number)) / 2 : value));
  });
}

/** Returns labels with their probabilities, most probable first. */
export function ranked(labels: readonly string[], probabilities: ArrayLike<number>): Prediction[] {
  return labels
    .map((label, i) => ({ label, probability: probabilities[i] as number }))
    .sort((a, b) => b.probability - a.probability);
}

/**
 * Converts the logits of `predictionLogits` to the predictions of the first `count` images.
 * @param owner name of the function, for messages
 * @param nameOf returns the name of image `i`, for messages
 * @throws NonFiniteError when a logit of these images is not finite
 */
export async function predictionsOf(
  owner: string,
  model: ImageClassifier,
  logits: Float32Array,
  count: number,
  { mirror = false }: PredictionOptions,
  nameOf: (i: number) => string,
): Promise<Prediction[][]> {
  const { classNames } = model;
  const classes = classNames.length;
  const half = logits.length / 2;
  const both = logits
    .subarray(0, count * classes)
    .map((value, i) => (mirror && !Number.isFinite(logits[half + i]) ? Number.NaN : value));
  await requireFiniteLogits(owner, model, both, classes, nameOf);
  const rows = probabilitiesOf(logits, classes, { mirror });
  return rows.slice(0, count).map((row) => ranked(classNames, row));
}

function softmax(row: Float32Array): Float64Array {
  const top = Math.max(...row);
  const powers = Float64Array.from(row, (value) => Math.exp(value - top));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}
