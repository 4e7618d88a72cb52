import type { Capture } from '../gpu/capture.ts';
import { summed } from '../gpu/compile-progress.ts';
import { describeValue } from '../gpu/describe-value.ts';
import { asLoss, type LossBatch, type LossParts } from '../loss/loss.ts';
import { backward } from '../tensor/backward.ts';
import { mul } from '../tensor/ops/binary.ts';
import { sum } from '../tensor/ops/broadcast.ts';
import { cast } from '../tensor/ops/cast.ts';
import { equal, notEqual } from '../tensor/ops/compare.ts';
import { concat } from '../tensor/ops/concat.ts';
import { argMax } from '../tensor/ops/reduce.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { keep, scope } from '../tensor/scope.ts';
import { show } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BatchParts, type PartOutputs } from './batch-parts.ts';
import type { Classifier } from './classifier.ts';
import { imagesFor, outputsFor, recordBatch, type StepInput } from './step-input.ts';
import type { TrainingStepOptions } from './training-step.ts';
import { withCheckpoints } from './with-checkpoints.ts';

/** The recordings of a step. */
export interface StepRecording {
  /** one part of a batch, with gradient accumulation */
  part: Capture<PartOutputs> | null;
  /** the whole step, or the work after its parts */
  step: Capture<{ metrics: Tensor }>;
  /** with gradient accumulation */
  whole: BatchParts | null;
  /** of the loss's parts */
  names: readonly string[];
}

/** Frees the recordings of a step. */
export function disposeRecording({ part, step, whole }: StepRecording): void {
  step.outputs.metrics.dispose();
  for (const output of Object.values(part?.outputs ?? {})) output?.dispose();
  part?.dispose();
  step.dispose();
  whole?.dispose();
}

/** Records a step, or one part of it and the work after its parts. */
export async function recordStep(
  model: Classifier,
  options: TrainingStepOptions,
  input: StepInput,
): Promise<StepRecording> {
  const { device } = model;
  const { accumulate = 1, average } = options;
  const loss = asLoss(options.loss);
  const progress = summed(options.onProgress);
  let names: readonly string[] = [];
  const finish = (sums: Tensor) => {
    const gradientNorm = recordUpdate(model, options, input);
    average?.update();
    return { metrics: noGrad(() => concat([sums, reshape(gradientNorm, [1])], 0)) };
  };
  if (accumulate === 1) {
    const step = await device.capture(
      () =>
        scope(() => {
          model.zeroGrad();
          const part = recordPart(model, options, input);
          names = part.names;
          const { logits, embedding, labels } = part;
          if (loss.update) noGrad(() => loss.update?.(logits, { embedding, labels }));
          return finish(part.numbers);
        }),
      progress(),
    );
    return { part: null, step, whole: null, names };
  }
  // sets all gradients before the recording, so that each part adds to them; before the first part `run` sets them to 0
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
    const whole = own(await BatchParts.create(model, options, input));
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
        progress(),
      ),
    );
    // the loss does not reach these, so they have no gradient
    for (const parameter of parameters) {
      if (!part.writes(parameter.value.gradBuffer as Tensor)) parameter.dropGradient();
    }
    whole.prepare(part.outputs);
    const step = await device.capture(
      () =>
        scope(() => {
          noGrad(() => whole.update(loss));
          return finish(whole.sums);
        }),
      progress(),
    );
    return { part, step, whole, names };
  } catch (error) {
    for (const one of owned) one.dispose();
    throw error;
  }
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
export function recordPart(
  model: Classifier,
  options: TrainingStepOptions,
  input: StepInput,
  allLabels?: Tensor,
): RecordedPart {
  const { accumulate = 1 } = options;
  const { reduction, ignoreIndex } = asLoss(options.loss);
  const { total, parts, labels, logits, embedding } = forwardLoss(model, options, input, allLabels);
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

/** Records the optimizer's step. SAM runs forward and backward pass again within its step. */
export function recordUpdate(model: Classifier, options: TrainingStepOptions, input: StepInput): Tensor {
  const { optimizer } = options;
  if (!('firstStep' in optimizer)) return optimizer.step();
  return optimizer.step(() => backward(forwardLoss(model, options, input).total));
}

/** Runs model and loss on the loaded batch, or on one part of it. */
export function forwardLoss(
  model: Classifier,
  options: TrainingStepOptions,
  input: StepInput,
  allLabels?: Tensor,
) {
  const { images, labels, targets } = recordBatch(options, input);
  const outputs = () => outputsFor(model, input, images);
  const { logits, embedding } = options.recompute
    ? withCheckpoints(model, outputs, input.cache?.head)
    : outputs();
  const batch = { embedding, labels, allLabels, images: imagesFor(input, images) };
  return { images, labels, logits, embedding, ...lossOf(options, logits, targets, batch) };
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
