import type { Augmentation } from '../data/augmentation.ts';
import type { Batch, BatchReader, BatchSource } from '../data/batch-source.ts';
import type { Capture } from '../gpu/capture.ts';
import { type MemoryEstimate, plannedBytes } from '../gpu/estimate.ts';
import type { SoftmaxCenterLoss } from '../loss/softmax-center-loss.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { addInPlace, fillWith } from '../tensor/accumulate.ts';
import { zeros } from '../tensor/create.ts';
import { NonFiniteError } from '../tensor/non-finite-error.ts';
import { mul } from '../tensor/ops/binary.ts';
import { cast } from '../tensor/ops/cast.ts';
import { equal } from '../tensor/ops/compare.ts';
import { concat } from '../tensor/ops/concat.ts';
import { oneHot } from '../tensor/ops/one-hot.ts';
import { argMax, sum } from '../tensor/ops/reduce.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { keep, scope } from '../tensor/scope.ts';
import { backward, noGrad } from '../tensor/tape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { type Classifier, logitsAndEmbedding } from './classifier.ts';
import { mixRows, mixShares } from './mixup.ts';
import type { MovingAverage } from './moving-average.ts';
import { findNonFinite } from './non-finite.ts';

/** What one training step found, as means over its batch. */
export interface StepMetrics {
  /** cross-entropy and weighted centre loss together */
  loss: number;
  crossEntropy: number;
  /** centre loss before its weight; 0 where there is none */
  center: number;
  /** pictures of the batch that were recognised; of blended ones, by the larger part */
  correct: number;
  /** Euclidean norm of all gradients */
  gradientNorm: number;
  /** loss and gradients are finite; if not, the weights were left as they were */
  isFinite: boolean;
}

export interface TrainingStepOptions {
  train: BatchSource;
  loss: SoftmaxCenterLoss;
  optimizer: Optimizer;
  /** pictures in a step */
  batch: number;
  /**
   * parts that a batch is computed in, one after the other, whose gradients are summed: a batch needs the memory of a
   * part. Batch norm sees a part at a time. 1 when left out
   */
  accumulate?: number;
  side: number;
  /** varies the pictures */
  augmentation?: Augmentation | null;
  /** soft targets of the source, or its labels */
  targets?: 'labels' | 'distribution';
  /** alpha of mixup; 0 for none */
  mixup?: number;
  average?: MovingAverage | null;
  /** of augmentation and mixup */
  seed?: number;
}

/** One recorded training step: batch, forward, loss, backward, centres, optimizer, metrics. */
export class TrainingStep {
  private readonly model: Classifier;
  private readonly options: TrainingStepOptions;
  private readonly reader: BatchReader;
  private readonly shares: Tensor | null;
  private readonly captures: Captures;

  private constructor(model: Classifier, options: TrainingStepOptions, input: Input, captures: Captures) {
    this.model = model;
    this.options = options;
    this.reader = input.reader;
    this.shares = input.shares;
    this.captures = captures;
  }

  /** @throws DeviceLimitError, GpuOutOfMemoryError for a batch or side that the device does not take */
  static async create(model: Classifier, options: TrainingStepOptions): Promise<TrainingStep> {
    const { train, side, augmentation, seed, mixup = 0 } = options;
    const part = partOf(options);
    const reader = train.open(model.device, { batch: part, side, augmentation, seed, color: model.color });
    const shares =
      mixup > 0 ? scope(() => keep(empty(model.device, [part], 'f32', 'mixup shares', 'data'))) : null;
    const input = { reader, shares };
    try {
      return new TrainingStep(model, options, input, await recordAll(model, options, input));
    } catch (error) {
      reader.dispose();
      shares?.dispose();
      throw error;
    }
  }

  /** Dispatches of one step. */
  get dispatches(): number {
    const { part, step } = this.captures;
    return (this.options.accumulate ?? 1) * (part?.dispatches ?? 0) + step.dispatches;
  }

  /** Reads the pictures of a batch, where they are not in memory; call it ahead, and await it before `run`. */
  async prepare(indices: readonly number[]): Promise<void> {
    for (const part of this.partsOf(indices)) await this.reader.prepare?.(part);
  }

  /** Submits step number `step`, counted from 0; resolves when its metrics have come back. */
  async run(indices: readonly number[], learningRate: number, step: number): Promise<StepMetrics> {
    const { optimizer, accumulate = 1, average } = this.options;
    const { part, step: last, sums } = this.captures;
    optimizer.learningRate = learningRate;
    average?.prepare(step);
    if (part && sums) {
      fillWith(this.model.arenas.gradients.flat, 0);
      fillWith(sums, 0);
      for (const [i, some] of this.partsOf(indices).entries()) {
        this.load(some, step, i * some.length);
        part.run();
      }
    } else this.load(indices, step, 0);
    const { metrics } = last.run();
    const [bytes] = await this.model.device.read([metrics]);
    const [loss = 0, crossEntropy = 0, center = 0, correct = 0, gradientNorm = 0] = new Float32Array(
      bytes as ArrayBuffer,
    );
    return {
      loss: loss / accumulate,
      crossEntropy: crossEntropy / accumulate,
      center: center / accumulate,
      correct,
      gradientNorm,
      isFinite: Number.isFinite(loss) && Number.isFinite(gradientNorm),
    };
  }

  /** The error for a step whose loss or gradient was not finite: runs it again, eagerly, and looks. */
  async explain(indices: readonly number[], step: number): Promise<NonFiniteError> {
    const { model, options, reader, shares } = this;
    let found: Awaited<ReturnType<typeof findNonFinite>> = null;
    for (const [i, part] of this.partsOf(indices).entries()) {
      await reader.prepare?.(part);
      model.zeroGrad();
      found ??= await findNonFinite(() => {
        this.load(part, step, i * part.length);
        const { images, labels, targets } = recordBatch(options, { reader, shares });
        const { logits, embedding } = logitsAndEmbedding(model, images);
        return { images, loss: options.loss.call(logits, embedding, labels, targets).total };
      });
    }
    model.zeroGrad();
    const where = found
      ? `the first was ${found.what} of ${found.layer}`
      : 'the same batch was finite when run again';
    return new NonFiniteError(
      found?.layer ?? null,
      `step ${step + 1}: a loss or gradient was not finite (NaN or infinite); ${where}. The step was not applied. ` +
        'Try a lower learning rate, gradient clipping (clipNorm), or look at the pictures of this batch.',
    );
  }

  dispose(): void {
    const { part, step, sums } = this.captures;
    step.outputs.metrics.dispose();
    part?.dispose();
    step.dispose();
    sums?.dispose();
    this.shares?.dispose();
    this.reader.dispose();
  }

  private load(indices: readonly number[], step: number, slot: number): void {
    this.reader.load(indices, step, slot);
    const { mixup = 0, seed = 0 } = this.options;
    if (this.shares) this.shares.write(mixShares(mixup, indices.length, seed, step, slot));
  }

  private partsOf(indices: readonly number[]): (readonly number[])[] {
    const size = partOf(this.options);
    if (size === indices.length) return [indices];
    return Array.from({ length: indices.length / size }, (_, i) => indices.slice(i * size, (i + 1) * size));
  }
}

/** What the recording of a step, or of one part of it, would take; nothing is allocated. */
export function estimateStep(model: Classifier, options: TrainingStepOptions): MemoryEstimate {
  const { train, side, augmentation, mixup = 0 } = options;
  const part = partOf(options);
  const reader = train.open(model.device, { batch: part, side, augmentation, color: model.color });
  const shares =
    mixup > 0 ? scope(() => keep(empty(model.device, [part], 'f32', 'mixup shares', 'data'))) : null;
  try {
    return model.device.estimate(
      () =>
        scope(() => {
          model.zeroGrad();
          recordPart(model, options, { reader, shares });
          options.optimizer.step();
        }),
      plannedBytes,
    );
  } finally {
    model.zeroGrad();
    reader.dispose();
    shares?.dispose();
  }
}

interface Input {
  reader: BatchReader;
  shares: Tensor | null;
}

interface Captures {
  /** one part of a batch, where it has several */
  part: Capture<void> | null;
  /** all of a step, or what comes after its parts */
  step: Capture<{ metrics: Tensor }>;
  /** of the parts' metrics */
  sums: Tensor | null;
}

function partOf({ batch, accumulate = 1 }: TrainingStepOptions): number {
  return batch / accumulate;
}

async function recordAll(model: Classifier, options: TrainingStepOptions, input: Input): Promise<Captures> {
  const { device } = model;
  const { accumulate = 1, average } = options;
  const finish = (sums: Tensor) => {
    const gradientNorm = options.optimizer.step();
    average?.update();
    return { metrics: noGrad(() => concat([sums, reshape(gradientNorm, [1])], 0)) };
  };
  if (accumulate === 1) {
    const step = await device.capture(() =>
      scope(() => {
        model.zeroGrad();
        return finish(recordPart(model, options, input));
      }),
    );
    return { part: null, step, sums: null };
  }
  const sums = scope(() => keep(zeros(device, [4])));
  // as if a part had gone before, so that this one adds to the gradients that `run` clears
  for (const { value } of model.parameters()) {
    if (value.gradHome && value.requiresGrad) value.grad ??= keep(value.gradHome.alias());
  }
  try {
    const part = await device.capture(() => scope(() => addInPlace(sums, recordPart(model, options, input))));
    try {
      return { part, step: await device.capture(() => scope(() => finish(sums))), sums };
    } catch (error) {
      part.dispose();
      throw error;
    }
  } catch (error) {
    sums.dispose();
    throw error;
  }
}

/** Pictures, labels and targets as the loss gets them. */
function recordBatch(
  { train, targets: kind = 'labels', mixup = 0 }: TrainingStepOptions,
  { reader, shares }: Input,
): Batch & { targets: Tensor } {
  const { images, labels, targets: soft } = reader.record();
  const targets = kind === 'distribution' && soft ? soft : labels;
  if (mixup === 0 || !shares) return { images, labels, targets };
  const rows = targets === labels ? oneHot(labels, train.classNames.length) : targets;
  return { images: mixRows(images, shares), labels, targets: mixRows(rows, shares) };
}

/** Forward, loss, backward and centres; gives [loss, cross-entropy, centre loss, correct]. */
function recordPart(model: Classifier, options: TrainingStepOptions, input: Input): Tensor {
  const { loss, accumulate = 1 } = options;
  const { images, labels, targets } = recordBatch(options, input);
  const { logits, embedding } = logitsAndEmbedding(model, images);
  const parts = loss.call(logits, embedding, labels, targets);
  backward(accumulate === 1 ? parts.total : mul(parts.total, 1 / accumulate));
  loss.update(logits, embedding, labels);
  return noGrad(() => {
    const correct = sum(cast(equal(argMax(logits, 1), labels), 'f32'));
    const center = parts.center ?? zeros(model.device, []);
    const list = [parts.total, parts.crossEntropy, center, correct];
    return concat(
      list.map((value) => reshape(value, [1])),
      0,
    );
  });
}
