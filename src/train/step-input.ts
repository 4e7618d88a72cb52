import type { Batch, BatchReader } from '../data/batch-source.ts';
import { asLoss } from '../loss/loss.ts';
import { oneHot } from '../tensor/ops/one-hot.ts';
import { keep, scope } from '../tensor/scope.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { cacheFeatures, type FeatureCache } from './cached-features.ts';
import { type Classifier, logitsAndEmbedding } from './classifier.ts';
import { mixRows } from './mixup.ts';
import type { TrainingStepOptions } from './training-step.ts';

/** The images and labels of a step. */
export interface StepInput {
  /** the features of a frozen body, which the reader then returns instead of images */
  cache: FeatureCache | null;
  reader: BatchReader;
  shares: Tensor | null;
  /** whether labels may be the loss's `ignoreIndex`, so that the others must be counted */
  mayIgnore: boolean;
}

export function openInput(model: Classifier, options: TrainingStepOptions): StepInput {
  const { train, side, augmentation, seed, mixup = 0 } = options;
  const part = partOf(options);
  const reader = train.open(model.device, { batch: part, side, augmentation, seed, color: model.color });
  const shares =
    mixup > 0 ? scope(() => keep(empty(model.device, [part], 'f32', 'mixup shares', 'data'))) : null;
  return { cache: null, reader, shares, mayIgnore: hasIgnored(options) ?? true };
}

/** Opens the features of a frozen body if they can be cached, otherwise the images. */
export async function openCached(model: Classifier, options: TrainingStepOptions): Promise<StepInput> {
  const cache = await cacheFeatures(model, options);
  if (!cache) return openInput(model, options);
  return { cache, reader: cache.reader, shares: null, mayIgnore: hasIgnored(options) ?? true };
}

/** Returns logits and embedding of a batch of images or cached features. */
export function outputsFor(model: Classifier, { cache }: StepInput, images: Tensor) {
  return cache ? cache.forward(images) : logitsAndEmbedding(model, images);
}

/** Returns the images of a batch, for the loss; undefined for cached features. */
export function imagesFor({ cache }: StepInput, images: Tensor): Tensor | undefined {
  return cache ? undefined : images;
}

export function closeInput({ reader, shares }: StepInput): void {
  reader.dispose();
  shares?.dispose();
}

/** Returns whether some labels are the loss's `ignoreIndex`; null if the source does not list its labels. */
export function hasIgnored({ train, loss }: Pick<TrainingStepOptions, 'train' | 'loss'>): boolean | null {
  const { ignoreIndex } = asLoss(loss);
  if (ignoreIndex === undefined) return false;
  return train.labels ? train.labels.includes(ignoreIndex >>> 0) : null;
}

/** Returns the images per part of a batch. */
export function partOf({ batch, accumulate = 1 }: TrainingStepOptions): number {
  return batch / accumulate;
}

/** Records images, labels and targets for the loss. */
export function recordBatch(
  { train, targets: kind = 'labels', mixup = 0 }: TrainingStepOptions,
  { reader, shares }: StepInput,
): Batch & { targets: Tensor } {
  const { images, labels, targets: soft } = reader.record();
  const targets = kind === 'distribution' && soft ? soft : labels;
  if (mixup === 0 || !shares) return { images, labels, targets };
  const rows = targets === labels ? oneHot(labels, train.classNames.length) : targets;
  return { images: mixRows(images, shares), labels, targets: mixRows(rows, shares) };
}
