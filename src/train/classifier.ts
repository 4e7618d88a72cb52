import type { BatchSource } from '../data/batch-source.ts';
import { describeValue } from '../gpu/describe-value.ts';
import { Module } from '../layers/module.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * What `fit` trains: any module from pictures [N, side, side, 3] to logits [N, classes], such as a `Sequential`. What it
 * may have besides is for its own sake: class names to hold against the data's, features for a center loss.
 */
export interface Classifier extends Module {
  readonly classNames?: readonly string[];
  /** of `FerMobileNetV3`; a checkpoint is resumed by the same alone */
  readonly variant?: string;
  /** 'gray' for a network that sees color images as their luma; `fit` and `evaluate` prepare batches so */
  readonly color?: 'rgb' | 'gray';
  /** logits, and features [N, D] that a center loss over the embedding pulls on */
  forwardWithEmbedding?(images: Tensor): { logits: Tensor; embedding: Tensor };
}

/** @throws Error unless `model` is a Module */
export function expectModule(caller: string, model: Module): void {
  if (model instanceof Module) return;
  throw new Error(`${caller}: model: got ${describeValue(model)}, expected a Module such as a Sequential`);
}

/** @throws Error unless `source` is a BatchSource */
export function expectSource(caller: string, source: BatchSource): void {
  if (typeof source?.open === 'function') return;
  throw new Error(
    `${caller}: source: got ${describeValue(source)}, expected a BatchSource such as a PictureSource`,
  );
}

/** Logits and features; the logits themselves where the network has no others. */
export function logitsAndEmbedding(model: Classifier, images: Tensor): { logits: Tensor; embedding: Tensor } {
  if (model.forwardWithEmbedding) return model.forwardWithEmbedding(images);
  const logits = model.call(images);
  return { logits, embedding: logits };
}

/**
 * How many classes a model tells apart, without running it.
 * @throws Error when it does not make logits of pictures of this side
 */
export function outputsOf(
  owner: string,
  model: Module,
  { batch, side }: { batch: number; side: number },
): number {
  const shape = model.outputShape([batch, side, side, 3]);
  const [, outputs] = shape;
  if (shape.length !== 2 || outputs === undefined) {
    throw new Error(
      `${owner}: the model makes [${shape.join(', ')}] of ${batch} pictures, expected logits [${batch}, classes]`,
    );
  }
  return outputs;
}
