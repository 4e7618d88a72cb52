import type { BatchSource } from '../data/batch-source.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Module } from '../layers/module.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * A network that `fit` can train: any module from images [N, side, side, 3] to logits [N, classes], such as a
 * `Sequential`. Optional members enable extra features: a check of class names, an embedding for a center loss.
 */
export interface Classifier extends Module {
  readonly classNames?: readonly string[];
  /** name of a network of feathergrad; a checkpoint can only be resumed with the same network */
  readonly model?: string;
  /** variant of `FerMobileNetV3`; a checkpoint can only be resumed with the same variant */
  readonly variant?: string;
  /** 'gray' if `fit` and `evaluate` must convert color images to their luma for this network */
  readonly color?: 'rgb' | 'gray';
  /** Returns logits, and features [N, D] for a center loss over the embedding. */
  forwardWithEmbedding?(images: Tensor): { logits: Tensor; embedding: Tensor };
}

/** @throws Error unless `source` is a BatchSource */
export function expectSource(caller: string, source: BatchSource): void {
  if (typeof source?.open === 'function') return;
  throw new Error(
    `${caller}: source: got ${describeValue(source)}, expected a BatchSource such as a PictureSource`,
  );
}

/** Logits [N, classes] and features [N, D] of a batch. */
export interface Outputs {
  logits: Tensor;
  embedding: Tensor;
}

/** Returns logits and features; the features are the logits if the network has no embedding. */
export function logitsAndEmbedding(model: Classifier, images: Tensor): Outputs {
  if (model.forwardWithEmbedding) return model.forwardWithEmbedding(images);
  const logits = model.call(images);
  return { logits, embedding: logits };
}

/**
 * Returns the number of classes of a model, without running it.
 * @throws Error when the output for images of this side is not [batch, classes]
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
      `${owner}: the model returns [${shape.join(', ')}] for ${batch} images, expected logits [${batch}, classes]`,
    );
  }
  return outputs;
}
