import type { Augmentation } from '../data/augmentation.ts';
import type { BatchSource } from '../data/batch-source.ts';
import type { CompileProgress } from '../gpu/compile-progress.ts';
import { startTraining } from '../layers/in-evaluation.ts';
import { asLoss, type Loss, type LossFunction } from '../loss/loss.ts';
import type { AnyOptimizer } from '../optim/sam.ts';
import { copyInto, fillWith } from '../tensor/accumulate.ts';
import { NonFiniteError } from '../tensor/non-finite-error.ts';
import { keep, scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { BatchParts } from './batch-parts.ts';
import type { Classifier } from './classifier.ts';
import { findWrongLabel, labelText } from './labels.ts';
import { MetricsRing } from './metrics-ring.ts';
import { mixShares } from './mixup.ts';
import type { MovingAverage } from './moving-average.ts';
import { findNonFinite } from './non-finite.ts';
import { closeInput, openCached, partOf, type StepInput } from './step-input.ts';
import { disposeRecording, forwardLoss, recordStep, type StepRecording } from './step-recording.ts';

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
  optimizer: AnyOptimizer;
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
  /**
   * whether to compute the input of the first trained module only once per image, if everything before it is frozen and
   * the images do not change (no augmentation, no mixup, a source of fixed length). The results are the same. Default
   * true.
   */
  cacheFeatures?: boolean;
  /**
   * whether to save memory by recomputing each block of the network in the backward pass instead of storing what its layers
   * need (default false). A block is a module that contains layers, such as an `InvertedResidual`. Losses and gradients have
   * the same bits; a step takes longer. See `checkpoint`.
   */
  recompute?: boolean;
  /** stops the computation of cached features, which are then not used */
  signal?: AbortSignal;
  average?: MovingAverage | null;
  /** seed of augmentation and mixup (default 0) */
  seed?: number;
  /** called while the kernels are compiled, with the numbers of pipelines compiled so far and in total */
  onProgress?: (progress: CompileProgress) => void;
}

/** One recorded training step: batch, forward, loss, backward, the loss's update, optimizer, metrics. */
export class TrainingStep {
  private readonly model: Classifier;
  private readonly options: TrainingStepOptions;
  private input: StepInput;
  private recording: StepRecording;
  /** modes of all modules when the step was recorded */
  private modes: string;
  private ring: MetricsRing<StepMetrics>;
  /** reads in progress */
  private reads: Promise<StepMetrics[]>[] = [];

  private constructor(
    model: Classifier,
    options: TrainingStepOptions,
    input: StepInput,
    recording: StepRecording,
  ) {
    this.model = model;
    this.options = options;
    this.input = input;
    this.recording = recording;
    this.modes = modesOf(model);
    this.ring = this.openRing();
  }

  /**
   * @param first the images of the first step, which are read while the kernels are compiled
   * @throws DeviceLimitError, GpuOutOfMemoryError when batch or side do not fit on the device
   */
  static async create(
    model: Classifier,
    options: TrainingStepOptions,
    first: readonly number[] = [],
  ): Promise<TrainingStep> {
    const input = await openCached(model, options);
    try {
      prepare(input, options, first).catch(() => {}); // thrown when the batch is needed
      return new TrainingStep(model, options, input, await recordStep(model, options, input));
    } catch (error) {
      closeInput(input);
      throw error;
    }
  }

  /**
   * Records the step again if parameters were frozen or unfrozen, or modules changed their mode, since it was recorded.
   * Call it before `submit`.
   */
  async refresh(): Promise<void> {
    startTraining(this.model);
    const { part, step } = this.recording;
    const before = this.input;
    const isCurrent = before.cache?.isCurrent() ?? true;
    if (isCurrent && !step.stale && !part?.stale && this.modes === modesOf(this.model)) return;
    const input = before.cache && isCurrent ? before : await openCached(this.model, this.options);
    const recording = await recordStep(this.model, this.options, input);
    this.startReading(); // the new recording writes its metrics elsewhere
    this.ring.dispose();
    disposeRecording(this.recording);
    if (input !== before) closeInput(before);
    this.input = input;
    this.recording = recording;
    this.modes = modesOf(this.model);
    this.ring = this.openRing();
  }

  /** Dispatches per step. */
  get dispatches(): number {
    const { part, step } = this.recording;
    return (this.options.accumulate ?? 1) * (part?.dispatches ?? 0) + step.dispatches;
  }

  /** Reads the images of a batch that are not in memory. Call it early, and await it before `submit`. */
  async prepare(indices: readonly number[]): Promise<void> {
    await prepare(this.input, this.options, indices);
  }

  /** Submits step number `step`, counted from 0. `read` returns its metrics. */
  submit(indices: readonly number[], learningRate: number, step: number): void {
    const { optimizer, average } = this.options;
    const { part, step: last, whole } = this.recording;
    this.ring.keep();
    optimizer.learningRate = learningRate;
    average?.prepare(step);
    if (part && whole) {
      fillWith(this.model.arenas.gradients.flat, 0);
      whole.clear();
      const parts = partsOf(this.options, indices);
      this.loadLabels(parts, whole);
      for (const [i, some] of parts.entries()) {
        this.load(some, step, i * some.length);
        whole.keep(i, part.run());
      }
    } else this.load(indices, step, 0);
    last.run();
    this.ring.add();
  }

  /** Reads back the metrics of the steps submitted since the previous call, in one read. */
  async read(): Promise<StepMetrics[]> {
    this.startReading();
    const reads = this.reads;
    this.reads = [];
    return (await Promise.all(reads)).flat();
  }

  /** Submits one step and reads back its metrics. */
  async run(indices: readonly number[], learningRate: number, step: number): Promise<StepMetrics> {
    this.submit(indices, learningRate, step);
    return (await this.read()).at(-1) as StepMetrics;
  }

  private startReading(): void {
    const reading = this.ring.read();
    reading.catch(() => {}); // `read` throws it
    this.reads.push(reading);
  }

  private openRing(): MetricsRing<StepMetrics> {
    const { accumulate = 1, batch, loss } = this.options;
    const { step, names } = this.recording;
    const { mayIgnore } = this.input;
    const divisor = asLoss(loss).reduction === 'sum' ? 1 : accumulate;
    return new MetricsRing(step.outputs.metrics, (values) => {
      const gradientNorm = values.pop() as number;
      const counted = mayIgnore ? (values.pop() as number) : batch;
      const correct = values.pop() as number;
      const [total = 0, ...rest] = values.map((value) => value / divisor);
      return {
        loss: total,
        parts: Object.fromEntries(names.map((name, i) => [name, rest[i] as number])),
        correct,
        counted,
        gradientNorm,
        isFinite: Number.isFinite(total) && Number.isFinite(gradientNorm),
      };
    });
  }

  /** Returns the error for a non-finite loss or gradient: runs the step again, eagerly, and finds the cause. */
  async explain(indices: readonly number[], step: number, metrics: StepMetrics): Promise<Error> {
    const { model, options, input } = this;
    if (metrics.counted === 0) return nothingToLearn(indices.length, step, options);
    let found: Awaited<ReturnType<typeof findNonFinite>> = null;
    let wrong: string | null = null;
    for (const [i, part] of partsOf(this.options, indices).entries()) {
      await input.reader.prepare?.(part);
      model.zeroGrad();
      found ??= await findNonFinite(() => {
        this.load(part, step, i * part.length);
        const { images, total } = forwardLoss(model, options, input);
        return { images, loss: total };
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
    this.ring.dispose();
    disposeRecording(this.recording);
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
  private loadLabels(parts: readonly (readonly number[])[], { labels, ofPart }: BatchParts): void {
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
}

/** Returns the indices of each part of a batch. */
function partsOf(options: TrainingStepOptions, indices: readonly number[]): (readonly number[])[] {
  const size = partOf(options);
  if (size === indices.length) return [indices];
  return Array.from({ length: indices.length / size }, (_, i) => indices.slice(i * size, (i + 1) * size));
}

/** Reads the images of a batch that are not in memory. */
async function prepare(
  { reader }: StepInput,
  options: TrainingStepOptions,
  indices: readonly number[],
): Promise<void> {
  for (const part of partsOf(options, indices)) await reader.prepare?.(part);
}

function nothingToLearn(images: number, step: number, { loss }: TrainingStepOptions): Error {
  return new NonFiniteError(
    'the labels',
    `step ${step + 1}: all ${images} labels of the batch are ignored (ignoreIndex ${asLoss(loss).ignoreIndex}), so ` +
      'their mean loss is NaN. Use a larger batch, or remove images without a label.',
  );
}

/** Returns one letter per module: t for training, e for evaluation. */
function modesOf(model: Classifier): string {
  return [...model.namedModules()].map(([, { training }]) => (training ? 't' : 'e')).join('');
}
