import { checkOptions, finite, type OptionRules, positive } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import { inEvaluation } from '../layers/in-evaluation.ts';
import { Module } from '../layers/module.ts';
import type { TypedSettings } from '../optim/settings.ts';
import { ShapeError } from '../tensor/errors.ts';
import { add, mul } from '../tensor/ops/binary.ts';
import { crossEntropy, targetRules } from '../tensor/ops/cross-entropy.ts';
import { klDiv } from '../tensor/ops/pair-loss.ts';
import { logSoftmax } from '../tensor/ops/softmax.ts';
import { scope } from '../tensor/scope.ts';
import { sameShape, show } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Loss, LossBatch, LossParts } from './loss.ts';

/** Options of `DistillationLoss`. */
export interface DistillationLossOptions {
  /** divisor of both networks' logits, above 0; larger values give small probabilities more weight (default 2) */
  temperature?: number;
  /** weight of the teacher's term, 0 to 1; that of the labels is 1 - alpha (default 0.25) */
  alpha?: number;
  /** label smoothing: fraction of the label that is spread evenly over the classes, 0 to 1 (default 0) */
  labelSmoothing?: number | undefined;
}

const OPTIONS: OptionRules<DistillationLossOptions> = /* @__PURE__ */ (() => ({
  temperature: positive,
  alpha: (value) => finite(value, 0, 1),
  labelSmoothing: targetRules.labelSmoothing,
}))();

/**
 * Trains a network to reproduce the outputs of another one, the teacher (Hinton, Vinyals & Dean, 2015): alpha T^2
 * KL(softmax(teacher / T), softmax(logits / T)) + (1 - alpha) crossEntropy(logits, labels), both means over the images.
 * The parts are named `teacher` and `labels`. The teacher runs on the images of each batch, after augmentation, in
 * evaluation mode and without gradients; it must be on the same device and have the same classes in the same order.
 */
export class DistillationLoss implements Loss {
  readonly type = 'DistillationLoss';
  readonly needsImages = true;
  readonly teacher: Module;
  readonly temperature: number;
  readonly alpha: number;
  readonly labelSmoothing: number;

  /** @throws Error when the teacher is not a Module, or an option is unknown or out of range */
  constructor(teacher: Module, options: DistillationLossOptions = {}) {
    if (!(teacher instanceof Module)) {
      throw new Error(`DistillationLoss: teacher: got ${describeValue(teacher)}, expected a Module`);
    }
    checkOptions('DistillationLoss', options, OPTIONS);
    this.teacher = teacher;
    this.temperature = options.temperature ?? 2;
    this.alpha = options.alpha ?? 0.25;
    this.labelSmoothing = options.labelSmoothing ?? 0;
  }

  /**
   * Returns the loss of logits [N, K] for labels u32 [N] or distributions f32 [N, K], and for the teacher's outputs on
   * `images`.
   * @throws Error without images; ShapeError when the teacher's outputs have another shape
   */
  call(logits: Tensor, targets: Tensor, { images }: Pick<LossBatch, 'images'>): LossParts {
    const { teacher, temperature, alpha, labelSmoothing } = this;
    if (!images)
      throw new Error('DistillationLoss: images: got none, expected those of the batch. Pass { images }.');
    return scope(() => {
      const wanted = noGrad(() => {
        const answers = inEvaluation(teacher, () => teacher.call(images));
        if (!sameShape(answers.shape, logits.shape)) {
          throw new ShapeError(
            `DistillationLoss: the teacher returns ${show(answers.shape)}, expected ${show(logits.shape)}, the logits of ` +
              'the trained network. Use a teacher with the same classes.',
          );
        }
        return logSoftmax(mul(answers, 1 / temperature));
      });
      const given = logSoftmax(mul(logits, 1 / temperature));
      const divergence = klDiv(given, wanted, { reduction: 'batchmean', logTarget: true });
      const soft = mul(divergence, alpha * temperature ** 2);
      const labels = mul(crossEntropy(logits, targets, { labelSmoothing }), 1 - alpha);
      return { total: add(soft, labels), parts: { teacher: soft, labels } };
    });
  }

  /** Returns the options as plain JSON, and the kind of the teacher. */
  settings(): TypedSettings {
    const { type, temperature, alpha, labelSmoothing, teacher } = this;
    const network = { type: teacher.type, parameters: teacher.parameterCount() };
    return { type, version: 1, temperature, alpha, labelSmoothing, teacher: network };
  }
}
