import { checkOptions, integer, type OptionRules, seedRule } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import { expectDevice } from '../tensor/expect.ts';
import { RESIZE_OPTIONS } from '../tensor/resize-options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Augmentation, augmentationRule } from './augmentation.ts';

/** Options of the batches of a source. */
export interface BatchOptions {
  /** images per batch */
  batch: number;
  /** pixels along each side of an image */
  side: number;
  /** normalization per channel, for pixels in 0..1: subtracts `mean`, divides by `std` (default: ImageNet's) */
  mean?: readonly [number, number, number] | undefined;
  std?: readonly [number, number, number] | undefined;
  /** 'gray' converts color images to their luma, for a network that was trained on gray images (default 'rgb') */
  color?: 'rgb' | 'gray' | undefined;
  /** random transforms, drawn from `seed` and the step passed to `load` (default: none) */
  augmentation?: Augmentation | null | undefined;
  /** seed of the augmentation (default 0) */
  seed?: number | undefined;
}

/** Rules of `BatchOptions`; `batch` and `side` are required. */
const BATCH_OPTIONS: OptionRules<BatchOptions> = /* @__PURE__ */ (() => ({
  batch: (v) => integer(v, 1),
  ...RESIZE_OPTIONS,
  augmentation: augmentationRule,
  seed: seedRule,
}))();

/** @throws Error when a source does not support a device or an option */
export function checkOpen(caller: string, device: Device, options: BatchOptions): void {
  expectDevice(caller, device);
  checkOptions(caller, options, BATCH_OPTIONS, ['batch', 'side']);
}

/** One batch on the device. */
export interface Batch {
  /** [batch, side, side, 3], normalized */
  images: Tensor;
  /** u32 [batch] */
  labels: Tensor;
  /** f32 [batch, classes], rows sum to 1, if the source has soft targets */
  targets?: Tensor | undefined;
}

/** Produces batches on the device. The host writes the inputs before each run of a capture. */
export interface BatchReader {
  /** Records the dispatches that produce the batch from the data loaded last. */
  record(): Batch;
  /**
   * Reads the data for a later `load` of the same indices. Call it early, and await it before `load`. Readers without
   * this method have all data in memory.
   */
  prepare?(indices: readonly number[]): Promise<void>;
  /**
   * Uploads the data of the next run: exactly `batch` indices into the source, and for augmentation the step and the
   * index of the first image in that step (default 0).
   */
  load(indices: readonly number[], step?: number, slot?: number): void;
  /** Frees the memory of the reader. */
  dispose(): void;
}

/** Labeled images for training and evaluation, read in batches. */
export interface BatchSource {
  readonly classNames: readonly string[];
  /** images per epoch */
  readonly length: number;
  /**
   * 'shuffle': an epoch is a permutation of 0..length-1; 'endless': it is the next `length` images of an endless data
   * set
   */
  readonly order: 'shuffle' | 'endless';
  /** the class of each image, if known in advance */
  readonly labels?: Uint32Array | undefined;
  /** color of the images, if known: 'gray' if all of them have one channel */
  readonly color?: 'rgb' | 'gray' | undefined;
  /** whether batches have soft targets */
  readonly hasTargets?: boolean | undefined;
  /** identifies the data set, so that a checkpoint is not resumed with a different one */
  readonly fingerprint?: string | undefined;
  /**
   * Returns a reader that makes batches on a device.
   * @throws Error when the source does not support the options
   */
  open(device: Device, options: BatchOptions): BatchReader;
}
