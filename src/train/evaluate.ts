import type { BatchOptions, BatchSource } from '../data/batch-source.ts';
import { boolean, callable, checkOptions, integer, type OptionRules } from '../gpu/check-options.ts';
import { batchStatisticsOf } from '../layers/batch-statistics.ts';
import { expectModule } from '../layers/expect-module.ts';
import {
  type NonFiniteImages,
  nonFiniteLogitsError,
  nonFiniteRows,
  nonFiniteWeight,
} from '../layers/finite-logits.ts';
import { inEvaluation } from '../layers/in-evaluation.ts';
import type { Module } from '../layers/module.ts';
import { mirrorImages } from '../tensor/image.ts';
import type { NonFiniteError } from '../tensor/non-finite-error.ts';
import { IGNORE_INDEX } from '../tensor/ops/cross-entropy.ts';
import { RESIZE_OPTIONS } from '../tensor/resize-options.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import { type Classifier, expectSource, outputsOf } from './classifier.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { checkLabels, labelText } from './labels.ts';
import { findNonFiniteOutput } from './non-finite.ts';

/** Results of a model on a set of images. */
export interface Evaluation {
  /** mean cross-entropy */
  loss: number;
  /** fraction of correct predictions, 0 to 1 */
  accuracy: number;
  /** number of images, without those labeled `ignoreIndex` */
  count: number;
  confusion: ConfusionMatrix;
  /** probabilities [images * classes] and labels, in the order of the source */
  probabilities: Float32Array;
  labels: Uint32Array;
}

/** Options of `evaluate`. */
export interface EvaluateOptions extends Pick<BatchOptions, 'batch' | 'side' | 'mean' | 'std' | 'color'> {
  /** label of images to exclude (default -100) */
  ignoreIndex?: number | undefined;
  /** whether to average the probabilities of each image and its mirror image, at twice the cost (default false) */
  mirror?: boolean;
  /** called after each batch with the number of images done so far */
  onProgress?: (done: number) => void;
}

const OPTIONS: OptionRules<EvaluateOptions> = /* @__PURE__ */ (() => ({
  batch: (v) => integer(v, 1),
  ...RESIZE_OPTIONS,
  ignoreIndex: (v) => integer(v, -(2 ** 31)),
  mirror: boolean,
  onProgress: callable,
}))();

/** A captured evaluation pass that is reused each epoch. */
export class Evaluator {
  private readonly model: Module;
  private readonly source: BatchSource;
  private readonly options: EvaluateOptions;
  private readonly open: Awaited<ReturnType<typeof record>>;

  private constructor(model: Module, source: BatchSource, options: EvaluateOptions, open: Evaluator['open']) {
    this.model = model;
    this.source = source;
    this.options = options;
    this.open = open;
  }

  /**
   * Records the network in evaluation mode, then restores the mode of each module.
   * @throws Error when the number of classes of the images is not the number of outputs of the model
   */
  static async create(model: Module, source: BatchSource, options: EvaluateOptions): Promise<Evaluator> {
    const fitting = { ...options, batch: Math.min(options.batch, source.length) };
    const outputs = outputsOf('evaluate', model, fitting);
    const { classNames } = source;
    if (classNames.length !== outputs) {
      throw new Error(
        `evaluate: the images have ${classNames.length} classes (${classNames.join(', ')}), but the model has ${outputs}. ` +
          'Map them to the classes of the model with source.relabel(classNames, positions).',
      );
    }
    const norm = batchStatisticsOf(model);
    if (norm && source.length % fitting.batch !== 0) {
      throw new Error(
        `evaluate: batch: ${norm} has no running statistics, so the padding of the last batch would change its results ` +
          `(got ${fitting.batch} for ${source.length} images, expected a divisor). Use a batch that divides the number of ` +
          'images, or trackRunningStats.',
      );
    }
    checkLabels('evaluate', source, options.ignoreIndex ?? IGNORE_INDEX);
    return new Evaluator(model, source, fitting, await record(model, source, fitting));
  }

  /**
   * Runs over the whole source with the current weights of the model.
   * @throws NonFiniteError when logits are NaN or infinite, with the number of images, the first one and the cause
   */
  async run(): Promise<Evaluation> {
    const { source } = this;
    const { batch, mirror, onProgress, ignoreIndex = IGNORE_INDEX } = this.options;
    const { reader, capture } = this.open;
    const classes = source.classNames.length;
    const probabilities = new Float32Array(source.length * classes);
    const labels = new Uint32Array(source.length);
    const confusion = new ConfusionMatrix(classes);
    let loss = 0;
    const bad: number[] = [];
    let pending: { start: number; read: Promise<ArrayBuffer[]> } | null = null;
    const finish = async (): Promise<void> => {
      if (!pending) return;
      const { start, read } = pending;
      const [logits, truth, mirrored] = (await read) as [ArrayBuffer, ArrayBuffer, ArrayBuffer?];
      const count = Math.min(batch, source.length - start);
      labels.set(new Uint32Array(truth, 0, count), start);
      const skip = new Set(
        [logits, ...(mirrored ? [mirrored] : [])].flatMap((rows) =>
          nonFiniteRows(new Float32Array(rows, 0, count * classes), classes),
        ),
      );
      bad.push(...[...skip].map((i) => start + i));
      for (let i = 0; i < count; i++) {
        if (skip.has(i)) continue;
        const label = labels[start + i] as number;
        const own = logSoftmax(new Float32Array(logits, 4 * i * classes, classes));
        const log = mirrored
          ? logMean(own, logSoftmax(new Float32Array(mirrored, 4 * i * classes, classes)))
          : own;
        probabilities.set(log.map(Math.exp), (start + i) * classes);
        if (label === ignoreIndex >>> 0) continue;
        if (label >= classes) {
          throw new RangeError(`evaluate: ${labelText(label, start + i, classes)} is out of range`);
        }
        loss -= log[label] as number;
        confusion.add(label, indexOfMax(log));
      }
      onProgress?.(start + count);
    };
    const indicesFrom = (start: number) =>
      Array.from({ length: batch }, (_, i) => indexIn(source, start + i));
    for (let start = 0; start < source.length; start += batch) {
      // the last batch is padded; the padding is not counted
      const indices = indicesFrom(start);
      await reader.prepare?.(indices);
      reader.load(indices);
      const { logits, labels: truth, mirrored } = capture.run();
      const read = this.model.device.read(mirror ? [logits, truth, mirrored] : [logits, truth]);
      read.catch(() => {}); // awaited one batch later; avoids an unhandled rejection until then
      // reads ahead while the device computes; an error is thrown when the batch is needed
      if (start + batch < source.length) reader.prepare?.(indicesFrom(start + batch)).catch(() => {});
      await finish();
      pending = { start, read };
    }
    await finish();
    if (bad.length > 0) throw await this.explain(bad);
    return {
      loss: loss / confusion.total,
      accuracy: confusion.accuracy,
      count: confusion.total,
      confusion,
      probabilities,
      labels,
    };
  }

  /** Finds the weight, or otherwise the layer, that made the logits of these images NaN or infinite. */
  private async explain(bad: readonly number[]): Promise<NonFiniteError> {
    const { model, source, open } = this;
    const { batch } = this.options;
    const first = Math.min(...bad);
    const found: NonFiniteImages = {
      count: bad.length,
      total: source.length,
      first: `image ${first + 1}`,
    };
    const weight = await nonFiniteWeight(model);
    if (weight) return nonFiniteLogitsError('evaluate', found, weight);
    const indices = Array.from({ length: batch }, (_, i) => indexIn(source, first + i));
    await open.reader.prepare?.(indices);
    const place = await findNonFiniteOutput(() => {
      open.reader.load(indices);
      const { images } = open.reader.record();
      inEvaluation(model, () => noGrad(() => model.call(images)));
      return images;
    });
    const cause = place && {
      layer: place.layer,
      what: `the first non-finite value was ${place.what} of ${place.layer}`,
    };
    return nonFiniteLogitsError('evaluate', found, cause);
  }

  dispose(): void {
    for (const output of Object.values(this.open.capture.outputs)) output.dispose();
    this.open.capture.dispose();
    this.open.reader.dispose();
  }
}

/**
 * Returns accuracy, loss and confusion matrix of a model on the images of a source.
 * @throws Error when the number of classes of the images is not the number of outputs of the model
 * @throws NonFiniteError when logits are NaN or infinite, with the number of images, the first one and the cause
 * @throws RangeError when a label is not a class, with the image
 */
export async function evaluate(
  model: Module,
  source: BatchSource,
  options: EvaluateOptions,
): Promise<Evaluation> {
  expectModule('evaluate', model);
  expectSource('evaluate', source);
  checkOptions('evaluate', options, OPTIONS, ['batch', 'side']);
  const evaluator = await Evaluator.create(model, source, options);
  try {
    return await evaluator.run();
  } finally {
    evaluator.dispose();
  }
}

async function record(model: Module, source: BatchSource, options: EvaluateOptions) {
  const { batch, side, mean, std, mirror } = options;
  const color = options.color ?? (model as Classifier).color;
  const reader = source.open(model.device, { batch, side, mean, std, color });
  try {
    const capture = await model.device.capture(() =>
      inEvaluation(model, () =>
        scope(() =>
          noGrad(() => {
            const { images, labels } = reader.record();
            const logits = model.call(images);
            const mirrored = mirror ? model.call(mirrorImages(images)) : logits.alias();
            return { logits, mirrored, labels: labels.alias() };
          }),
        ),
      ),
    );
    return { reader, capture };
  } catch (error) {
    reader.dispose();
    throw error;
  }
}

function indexIn(source: BatchSource, index: number): number {
  return source.order === 'endless' ? index : Math.min(index, source.length - 1);
}

function indexOfMax(row: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if ((row[i] as number) > (row[best] as number)) best = i;
  return best;
}

function logSoftmax(row: Float32Array): Float64Array {
  const top = row[indexOfMax(row)] as number;
  const log = top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0));
  return Float64Array.from(row, (v) => v - log);
}

/** Computes log((exp(a) + exp(b)) / 2), elementwise. */
function logMean(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => {
    const y = b[i] as number;
    return Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y))) - Math.LN2;
  });
}
