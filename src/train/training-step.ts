import type { BatchReader, BatchSource } from '../data/batch-source.ts';
import type { Capture } from '../gpu/capture.ts';
import type { SoftmaxCenterLoss } from '../loss/softmax-center-loss.ts';
import type { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { zeros } from '../tensor/create.ts';
import { cast } from '../tensor/ops/cast.ts';
import { equal } from '../tensor/ops/compare.ts';
import { concat } from '../tensor/ops/concat.ts';
import { argMax, sum } from '../tensor/ops/reduce.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { scope } from '../tensor/scope.ts';
import { backward, noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { findNonFinite, NonFiniteError } from './non-finite.ts';

export interface StepMetrics {
  loss: number;
  crossEntropy: number;
  /** centre loss before its weight; 0 where there is none */
  center: number;
  /** pictures of the batch that were recognised */
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
  batch: number;
  side: number;
}

/** One recorded training step: batch, forward, loss, backward, centres, optimizer, metrics. */
export class TrainingStep {
  private readonly model: FerMobileNetV3;
  private readonly options: TrainingStepOptions;
  private readonly reader: BatchReader;
  private readonly capture: Capture<{ metrics: Tensor }>;

  private constructor(
    model: FerMobileNetV3,
    options: TrainingStepOptions,
    reader: BatchReader,
    capture: TrainingStep['capture'],
  ) {
    this.model = model;
    this.options = options;
    this.reader = reader;
    this.capture = capture;
  }

  static async create(model: FerMobileNetV3, options: TrainingStepOptions): Promise<TrainingStep> {
    const { train, batch, side } = options;
    const reader = train.open(model.device, { batch, side });
    try {
      const capture = await model.device.capture(() =>
        scope(() => ({ metrics: record(model, options, reader) })),
      );
      return new TrainingStep(model, options, reader, capture);
    } catch (error) {
      reader.dispose();
      throw error;
    }
  }

  /** Dispatches of one step. */
  get dispatches(): number {
    return this.capture.dispatches;
  }

  /** Submits a step; resolves when its metrics have come back. */
  async run(indices: readonly number[], learningRate: number): Promise<StepMetrics> {
    this.options.optimizer.learningRate = learningRate;
    this.reader.load(indices);
    const { metrics } = this.capture.run();
    const [bytes] = await this.model.device.read([metrics]);
    const [loss = 0, crossEntropy = 0, center = 0, correct = 0, gradientNorm = 0] = new Float32Array(
      bytes as ArrayBuffer,
    );
    const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    return { loss, crossEntropy, center, correct, gradientNorm, isFinite: finite };
  }

  /** The error for a step whose loss or gradient was not finite: runs it again, eagerly, and looks. */
  async explain(indices: readonly number[], step: number): Promise<NonFiniteError> {
    const { model, options, reader } = this;
    model.zeroGrad();
    const found = await findNonFinite(() => {
      reader.load(indices);
      const { images, labels } = reader.record();
      const { logits, embedding } = model.forwardWithEmbedding(images);
      return { images, loss: options.loss.call(logits, embedding, labels).total };
    });
    model.zeroGrad();
    const where = found
      ? `the first was ${found.what} of ${found.layer}`
      : 'the same batch was finite when run again';
    return new NonFiniteError(
      found?.layer ?? null,
      `step ${step}: a loss or gradient was not finite (NaN or infinite); ${where}. The step was not applied. ` +
        'Try a lower learning rate, gradient clipping (clipNorm), or look at the pictures of this batch.',
    );
  }

  dispose(): void {
    this.capture.outputs.metrics.dispose();
    this.capture.dispose();
    this.reader.dispose();
  }
}

function record(model: FerMobileNetV3, options: TrainingStepOptions, reader: BatchReader): Tensor {
  const { loss, optimizer } = options;
  const { images, labels } = reader.record();
  model.zeroGrad();
  const { logits, embedding } = model.forwardWithEmbedding(images);
  const parts = loss.call(logits, embedding, labels);
  backward(parts.total);
  loss.update(logits, embedding, labels);
  const gradientNorm = optimizer.step();
  return noGrad(() => {
    const correct = sum(cast(equal(argMax(logits, 1), labels), 'f32'));
    const center = parts.center ?? zeros(model.device, []);
    const list = [parts.total, parts.crossEntropy, center, correct, gradientNorm];
    return concat(
      list.map((value) => reshape(value, [1])),
      0,
    );
  });
}
