import type { Augmentation } from '../data/augmentation.ts';
import type { Batch, BatchReader, BatchSource } from '../data/batch-source.ts';
import type { Capture } from '../gpu/capture.ts';
import { describeValue } from '../gpu/describe-value.ts';
import { type MemoryEstimate, plannedBytes } from '../gpu/estimate.ts';
import { startTraining } from '../layers/in-evaluation.ts';
import { asLoss, type Loss, type LossBatch, type LossFunction, type LossParts } from '../loss/loss.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { addInPlace, copyInto, fillWith } from '../tensor/accumulate.ts';
import { backward } from '../tensor/backward.ts';
import { zeros } from '../tensor/create.ts';
import { NonFiniteError } from '../tensor/non-finite-error.ts';
import { mul } from '../tensor/ops/binary.ts';
import { sum } from '../tensor/ops/broadcast.ts';
import { cast } from '../tensor/ops/cast.ts';
import { equal, notEqual } from '../tensor/ops/compare.ts';
import { concat } from '../tensor/ops/concat.ts';
import { oneHot } from '../tensor/ops/one-hot.ts';
import { argMax } from '../tensor/ops/reduce.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { keep, scope } from '../tensor/scope.ts';
import { show } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { type Classifier, logitsAndEmbedding } from './classifier.ts';
import { findWrongLabel, labelText } from './labels.ts';
import { mixRows, mixShares } from './mixup.ts';
import type { MovingAverage } from './moving-average.ts';
import { findNonFinite } from './non-finite.ts';

/** Metrics of one training step, over its batch. */
export interface StepMetrics {
  /** the total loss */
  loss: number;
  /** parts of the loss by name; empty if it has no parts */
  parts: Record<string, number>;
  /** number of correct predictions; for blended images, the dominant class counts */
  correct: number;
  /** number of images whose label is not the loss's `ignoreIndex` */
  counted: number;
  /** Euclidean norm of all gradients */
  gradientNorm: number;
  /** whether loss and gradients are finite; the optimizer does not apply non-finite gradients */
  isFinite: boolean;
}

export interface TrainingStepOptions {
  train: BatchSource;
  /** the loss: `CrossEntropyLoss`, `SoftmaxCenterLoss`, your own class or a plain function */
  loss: Loss | LossFunction;
  optimizer: Optimizer;
  /** images per step */
  batch: number;
  /**
   * gradient accumulation: splits each batch into this many parts to save memory (default 1). The step equals that of the
   * whole batch, except that batch norm normalizes each part separately.
   */
  accumulate?: number;
  side: number;
  /** random transforms of the images (default: none) */
  augmentation?: Augmentation | null;
  /** targets of the loss: the labels of the source or its soft targets (default 'labels') */
  targets?: 'labels' | 'distribution';
  /** alpha of mixup (default 0: none) */
  mixup?: number;
  average?: MovingAverage | null;
  /** seed of augmentation and mixup (default 0) */
  seed?: number;
}

/** One recorded training step: batch, forward, loss, backward, the loss's update, optimizer, metrics. */
export class TrainingStep {
  private readonly model: Classifier;
  private readonly options: TrainingStepOptions;
  private readonly input: Input;
  private captures: Captures;
  /** modes of all modules when the step was recorded */
  private modes: string;

  private constructor(model: Classifier, options: TrainingStepOptions, input: Input, captures: Captures) {
    this.model = model;
    this.options = options;
    this.input = input;
    this.captures = captures;
    this.modes = modesOf(model);
  }

  /** @throws DeviceLimitError, GpuOutOfMemoryError when batch or side do not fit on the device */
  static async create(model: Classifier, options: TrainingStepOptions): Promise<TrainingStep> {
    const input = openInput(model, options);
    try {
      return new TrainingStep(model, options, input, await recordAll(model, options, input));
    } catch (error) {
      closeInput(input);
      throw error;
    }
  }

  /**
   * Records the step again if parameters were frozen or unfrozen, or modules changed their mode, since it was recorded.
   * Call it before `run`.
   */
  async refresh(): Promise<void> {
    startTraining(this.model);
    const { part, step } = this.captures;
    if (!step.stale && !part?.stale && this.modes === modesOf(this.model)) return;
    const captures = await recordAll(this.model, this.options, this.input);
    disposeCaptures(this.captures);
    this.captures = captures;
    this.modes = modesOf(this.model);
  }

  /** Dispatches per step. */
  get dispatches(): number {
    const { part, step } = this.captures;
    return (this.options.accumulate ?? 1) * (part?.dispatches ?? 0) + step.dispatches;
  }

  /** Reads the images of a batch that are not in memory. Call it early, and await it before `run`. */
  async prepare(indices: readonly number[]): Promise<void> {
    for (const part of this.partsOf(indices)) await this.input.reader.prepare?.(part);
  }

  /** Submits step number `step`, counted from 0. Resolves once its metrics have been read back. */
  async run(indices: readonly number[], learningRate: number, step: number): Promise<StepMetrics> {
    const { optimizer, accumulate = 1, average } = this.options;
    const { part, step: last, whole, names } = this.captures;
    optimizer.learningRate = learningRate;
    average?.prepare(step);
    if (part && whole) {
      fillWith(this.model.arenas.gradients.flat, 0);
      whole.clear();
      const parts = this.partsOf(indices);
      this.loadLabels(parts, whole);
      for (const [i, some] of parts.entries()) {
        this.load(some, step, i * some.length);
        whole.keep(i, part.run());
      }
    } else this.load(indices, step, 0);
    const { metrics } = last.run();
    const [bytes] = await this.model.device.read([metrics]);
    const values = [...new Float32Array(bytes as ArrayBuffer)];
    const gradientNorm = values.pop() as number;
    const counted = this.input.mayIgnore ? (values.pop() as number) : indices.length;
    const correct = values.pop() as number;
    const divisor = asLoss(this.options.loss).reduction === 'sum' ? 1 : accumulate;
    const [loss = 0, ...rest] = values.map((value) => value / divisor);
    return {
      loss,
      parts: Object.fromEntries(names.map((name, i) => [name, rest[i] as number])),
      correct,
      counted,
      gradientNorm,
      isFinite: Number.isFinite(loss) && Number.isFinite(gradientNorm),
    };
  }

  /** Returns the error for a non-finite loss or gradient: runs the step again, eagerly, and finds the cause. */
  async explain(indices: readonly number[], step: number, metrics: StepMetrics): Promise<Error> {
    const { model, options, input } = this;
    if (metrics.counted === 0) return nothingToLearn(indices.length, step, options);
    let found: Awaited<ReturnType<typeof findNonFinite>> = null;
    let wrong: string | null = null;
    for (const [i, part] of this.partsOf(indices).entries()) {
      await input.reader.prepare?.(part);
      model.zeroGrad();
      found ??= await findNonFinite(() => {
        this.load(part, step, i * part.length);
        const { images, labels, targets } = recordBatch(options, input);
        const { logits, embedding } = logitsAndEmbedding(model, images);
        return { images, loss: lossOf(options, logits, targets, { embedding, labels }).total };
      });
      if (found) wrong ??= await this.wrongLabel(part);
    }
    model.zeroGrad();
    if (wrong) found = { layer: 'the labels', what: `${wrong} is out of range` };
    else if (found) found.what = `the first was ${found.what} of ${found.layer}`;
    const where = found?.what ?? 'the same batch was finite when repeated';
    const applied = Number.isFinite(metrics.gradientNorm)
      ? 'The gradients were finite, so the step was applied.'
      : 'The step was not applied.';
    return new NonFiniteError(
      found?.layer ?? null,
      `step ${step + 1}: a loss or gradient was not finite (NaN or infinite); ${where}. ${applied} ` +
        'Try a lower learning rate or gradient clipping (clipNorm), or inspect the images of this batch.',
    );
  }

  dispose(): void {
    disposeCaptures(this.captures);
    closeInput(this.input);
  }

  /** Uploads one part of a batch, or all of it. */
  private load(indices: readonly number[], step: number, slot: number): void {
    const { reader, shares } = this.input;
    reader.load(indices, step, slot);
    const { mixup = 0, seed = 0 } = this.options;
    if (shares) shares.write(mixShares(mixup, indices.length, seed, step, slot));
  }

  /** Writes the labels of the whole batch, from which a loss may compute the divisor of a part. */
  private loadLabels(parts: readonly (readonly number[])[], { labels, ofPart }: Whole): void {
    const known = this.options.train.labels;
    for (const [i, part] of parts.entries()) {
      const slot = labels[i] as Tensor;
      if (known) slot.write(part.map((index) => known[index] as number));
      else {
        this.input.reader.load(part, 0, i * part.length);
        copyInto(slot, (ofPart as NonNullable<typeof ofPart>).run().labels);
      }
    }
  }

  /** Describes the first label of the last loaded batch that is not a class. */
  private async wrongLabel(part: readonly number[]): Promise<string | null> {
    const { train, loss } = this.options;
    const labels = scope(() => keep(this.input.reader.record().labels.alias()));
    const values = (await labels.data()) as Uint32Array;
    labels.dispose();
    const at = findWrongLabel(values, train.classNames.length, asLoss(loss).ignoreIndex);
    return at === -1 ? null : labelText(values[at] as number, part[at] as number, train.classNames.length);
  }

  private partsOf(indices: readonly number[]): (readonly number[])[] {
    const size = partOf(this.options);
    if (size === indices.length) return [indices];
    return Array.from({ length: indices.length / size }, (_, i) => indices.slice(i * size, (i + 1) * size));
  }
}

function nothingToLearn(images: number, step: number, { loss }: TrainingStepOptions): Error {
  return new NonFiniteError(
    'the labels',
    `step ${step + 1}: all ${images} labels of the batch are ignored (ignoreIndex ${asLoss(loss).ignoreIndex}), so ` +
      'their mean loss is NaN. Use a larger batch, or remove images without a label.',
  );
}

/** Estimates the memory of a recorded step, or of one part of it, without allocating it. */
export function estimateStep(model: Classifier, options: TrainingStepOptions): MemoryEstimate {
  const input = openInput(model, options);
  try {
    return model.device.estimate(
      () =>
        scope(() => {
          model.zeroGrad();
          recordPart(model, options, input);
          options.optimizer.step();
        }),
      plannedBytes,
    );
  } finally {
    model.zeroGrad();
    closeInput(input);
  }
}

/** The images and labels of a step. */
interface Input {
  reader: BatchReader;
  shares: Tensor | null;
  /** whether labels may be the loss's `ignoreIndex`, so that the others must be counted */
  mayIgnore: boolean;
}

function openInput(model: Classifier, options: TrainingStepOptions): Input {
  const { train, side, augmentation, seed, mixup = 0 } = options;
  const part = partOf(options);
  const reader = train.open(model.device, { batch: part, side, augmentation, seed, color: model.color });
  const shares =
    mixup > 0 ? scope(() => keep(empty(model.device, [part], 'f32', 'mixup shares', 'data'))) : null;
  return { reader, shares, mayIgnore: hasIgnored(options) ?? true };
}

function closeInput({ reader, shares }: Input): void {
  reader.dispose();
  shares?.dispose();
}

/** Whether some labels are the loss's `ignoreIndex`; null if the source does not list its labels. */
export function hasIgnored({ train, loss }: Pick<TrainingStepOptions, 'train' | 'loss'>): boolean | null {
  const { ignoreIndex } = asLoss(loss);
  if (ignoreIndex === undefined) return false;
  return train.labels ? train.labels.includes(ignoreIndex >>> 0) : null;
}

interface Captures {
  /** one part of a batch, with gradient accumulation */
  part: Capture<PartOutputs> | null;
  /** the whole step, or the work after its parts */
  step: Capture<{ metrics: Tensor }>;
  /** with gradient accumulation */
  whole: Whole | null;
  /** of the loss's parts */
  names: readonly string[];
}

/** The metrics of one part of a batch, and its tensors for the update of the loss. */
type PartOutputs = { numbers: Tensor; logits?: Tensor; embedding?: Tensor };

/** State shared by all parts of a batch. */
class Whole {
  /** u32 [part], one per part */
  readonly labels: readonly Tensor[];
  /** the labels of the part loaded last, for sources that do not list their labels */
  readonly ofPart: Capture<{ labels: Tensor }> | null;
  private numbers: Tensor | null = null;
  private readonly logits: Tensor[] = [];
  private readonly embedding: Tensor[] = [];

  private constructor(labels: readonly Tensor[], ofPart: Whole['ofPart']) {
    this.labels = labels;
    this.ofPart = ofPart;
  }

  static async create(model: Classifier, options: TrainingStepOptions, { reader }: Input): Promise<Whole> {
    const { accumulate = 1, train } = options;
    const { device } = model;
    const ofPart = train.labels
      ? null
      : await device.capture(() => scope(() => ({ labels: reader.record().labels.alias() })));
    const make = () => scope(() => keep(empty(device, [partOf(options)], 'u32', 'labels', 'data')));
    return new Whole(Array.from({ length: accumulate }, make), ofPart);
  }

  /** Allocates memory for the outputs of the parts. */
  prepare(outputs: PartOutputs): void {
    const make = ({ device, shape }: Tensor) => scope(() => keep(zeros(device, shape)));
    this.numbers = make(outputs.numbers);
    for (const _ of this.labels) {
      if (outputs.logits) this.logits.push(make(outputs.logits));
      if (outputs.embedding) this.embedding.push(make(outputs.embedding));
    }
  }

  /** The sums of the parts' metrics. */
  get sums(): Tensor {
    return this.numbers as Tensor;
  }

  /** Sets the sums to 0. */
  clear(): void {
    fillWith(this.sums, 0);
  }

  /** Stores the outputs of part `i`. */
  keep(i: number, { numbers, logits, embedding }: PartOutputs): void {
    addInPlace(this.sums, numbers);
    if (logits) copyInto(this.logits[i] as Tensor, logits);
    if (embedding) copyInto(this.embedding[i] as Tensor, embedding);
  }

  /** The labels of the whole batch, u32 [batch]. */
  allLabels(): Tensor {
    return noGrad(() => concat(this.labels, 0));
  }

  /** Records the update of the loss with the whole batch. */
  update(loss: Loss): void {
    if (!loss.update || this.logits.length === 0) return;
    const logits = concat(this.logits, 0);
    const embedding = this.embedding.length > 0 ? concat(this.embedding, 0) : logits;
    const labels = this.allLabels();
    loss.update(logits, { embedding, labels, allLabels: labels });
  }

  dispose(): void {
    for (const tensor of [...this.labels, ...this.logits, ...this.embedding]) tensor.dispose();
    this.numbers?.dispose();
    this.ofPart?.outputs.labels.dispose();
    this.ofPart?.dispose();
  }
}

function disposeCaptures({ part, step, whole }: Captures): void {
  step.outputs.metrics.dispose();
  for (const output of Object.values(part?.outputs ?? {})) output?.dispose();
  part?.dispose();
  step.dispose();
  whole?.dispose();
}

/** Returns one letter per module: t for training, e for evaluation. */
function modesOf(model: Classifier): string {
  return [...model.namedModules()].map(([, { training }]) => (training ? 't' : 'e')).join('');
}

function partOf({ batch, accumulate = 1 }: TrainingStepOptions): number {
  return batch / accumulate;
}

async function recordAll(model: Classifier, options: TrainingStepOptions, input: Input): Promise<Captures> {
  const { device } = model;
  const { accumulate = 1, average } = options;
  const loss = asLoss(options.loss);
  let names: readonly string[] = [];
  const finish = (sums: Tensor) => {
    const gradientNorm = options.optimizer.step();
    average?.update();
    return { metrics: noGrad(() => concat([sums, reshape(gradientNorm, [1])], 0)) };
  };
  if (accumulate === 1) {
    const step = await device.capture(() =>
      scope(() => {
        model.zeroGrad();
        const part = recordPart(model, options, input);
        names = part.names;
        const { logits, embedding, labels } = part;
        if (loss.update) noGrad(() => loss.update?.(logits, { embedding, labels }));
        return finish(part.numbers);
      }),
    );
    return { part: null, step, whole: null, names };
  }
  // as if after an earlier part, so that this part adds to the gradients, which `run` clears
  const parameters = model.parameters().filter(({ requiresGrad }) => requiresGrad);
  for (const { value } of parameters) {
    if (value.gradBuffer) value.grad ??= keep(value.gradBuffer.alias());
  }
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(one: T): T => {
    owned.unshift(one);
    return one;
  };
  try {
    const whole = own(await Whole.create(model, options, input));
    const part = own(
      await device.capture(
        (): PartOutputs =>
          scope(() => {
            const recorded = recordPart(model, options, input, whole.allLabels());
            names = recorded.names;
            const { numbers, logits, embedding } = recorded;
            if (!loss.update) return { numbers };
            return embedding === logits ? { numbers, logits } : { numbers, logits, embedding };
          }),
      ),
    );
    // the loss does not reach these, so they have no gradient
    for (const parameter of parameters) {
      if (!part.writes(parameter.value.gradBuffer as Tensor)) parameter.dropGradient();
    }
    whole.prepare(part.outputs);
    const step = await device.capture(() =>
      scope(() => {
        noGrad(() => whole.update(loss));
        return finish(whole.sums);
      }),
    );
    return { part, step, whole, names };
  } catch (error) {
    for (const one of owned) one.dispose();
    throw error;
  }
}

/** Images, labels and targets for the loss. */
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

interface RecordedPart {
  /** [loss, parts of the loss ..., correct, and counted if labels may be ignored] */
  numbers: Tensor;
  /** of the loss's parts */
  names: string[];
  logits: Tensor;
  embedding: Tensor;
  labels: Tensor;
}

/** Records forward, loss and backward pass of a batch, or of one part of it. */
function recordPart(
  model: Classifier,
  options: TrainingStepOptions,
  input: Input,
  allLabels?: Tensor,
): RecordedPart {
  const { accumulate = 1 } = options;
  const { reduction, ignoreIndex } = asLoss(options.loss);
  const { images, labels, targets } = recordBatch(options, input);
  const { logits, embedding } = logitsAndEmbedding(model, images);
  const { total, parts } = lossOf(options, logits, targets, { embedding, labels, allLabels });
  backward(accumulate === 1 || reduction === 'sum' ? total : mul(total, 1 / accumulate));
  const numbers = noGrad(() => {
    const right = cast(equal(argMax(logits, 1), labels), 'f32');
    const counted = input.mayIgnore ? cast(notEqual(labels, (ignoreIndex ?? 0) >>> 0), 'f32') : null;
    const correct = sum(counted ? mul(right, counted) : right);
    const list = [total, ...Object.values(parts), correct, ...(counted ? [sum(counted)] : [])];
    return concat(
      list.map((value) => reshape(value, [1])),
      0,
    );
  });
  return { numbers, names: Object.keys(parts), logits, embedding, labels };
}

/** Calls the loss and checks its result. */
function lossOf(options: TrainingStepOptions, logits: Tensor, targets: Tensor, batch: LossBatch): LossParts {
  const value = asLoss(options.loss).call(logits, targets, batch);
  const isParts = typeof value === 'object' && value !== null && !('isTensor' in value);
  const { total, parts = {} }: Partial<LossParts> = isParts ? value : { total: value };
  for (const [name, one] of Object.entries({ 'the loss': total, ...parts })) {
    if (one?.isTensor && one.size === 1 && one.dtype === 'f32') continue;
    const got = one?.isTensor ? `${one.dtype} ${show(one.shape)}` : describeValue(one);
    throw new Error(
      `fit: loss: ${name} is ${got}, expected a scalar tensor f32 []. Return the mean or sum over the images, ` +
        'or { total, parts }.',
    );
  }
  return { total: total as Tensor, parts };
}
