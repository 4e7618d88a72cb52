import { checkOptions, integer, type OptionRules, seedRule } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import { expectDevice } from '../tensor/expect.ts';
import { RESIZE_OPTIONS } from '../tensor/resize-options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Augmentation, augmentationRule } from './augmentation.ts';

/** How a source makes its batches. */
export interface BatchOptions {
  /** pictures in a batch */
  batch: number;
  /** pixels along each side of a picture */
  side: number;
  /** by channel, of pixels in 0..1: subtracted, then divided by; ImageNet's when left out */
  mean?: readonly [number, number, number] | undefined;
  std?: readonly [number, number, number] | undefined;
  /** 'gray' reduces color images to their luma, for a network that learned from gray ones (default 'rgb') */
  color?: 'rgb' | 'gray' | undefined;
  /** varies the pictures by draws on `seed` and the step that `load` names; none when left out */
  augmentation?: Augmentation | null | undefined;
  /** of augmentation */
  seed?: number | undefined;
}

/** Rules of `BatchOptions`; a batch and a side are required. */
export const BATCH_OPTIONS: OptionRules<BatchOptions> = /* @__PURE__ */ (() => ({
  batch: (v) => integer(v, 1),
  ...RESIZE_OPTIONS,
  augmentation: augmentationRule,
  seed: seedRule,
}))();

/** @throws Error for a device or options that a source cannot serve */
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
  /** f32 [batch, classes], rows sum to 1, where the source has soft targets */
  targets?: Tensor | undefined;
}

/** Makes batches on the device; its inputs are written by the host before each run of a capture. */
export interface BatchReader {
  /** Records the dispatches that make the batch from what was loaded last. */
  record(): Batch;
  /**
   * Gets what `load` of the same indices will need, where that takes time. Call it ahead to have it ready; await it
   * before `load`. A reader without it has all at hand.
   */
  prepare?(indices: readonly number[]): Promise<void>;
  /**
   * Uploads what the next run needs: exactly `batch` indices into the source, and for augmentation the step and the
   * number of the first of them in that step (0 when left out).
   */
  load(indices: readonly number[], step?: number, slot?: number): void;
  /** Frees the reader's memory. */
  dispose(): void;
}

/** Labeled pictures that training and evaluation take their batches from. */
export interface BatchSource {
  readonly classNames: readonly string[];
  /** pictures in an epoch */
  readonly length: number;
  /** an epoch is a shuffle of 0..length-1, or the next `length` pictures of an endless set */
  readonly order: 'shuffle' | 'endless';
  /** the class of each picture, where that is known before it is made */
  readonly labels?: Uint32Array | undefined;
  /** what its images are, where that is known: 'gray' when all have one channel */
  readonly color?: 'rgb' | 'gray' | undefined;
  /** whether batches have soft targets */
  readonly hasTargets?: boolean | undefined;
  /** tells two sets apart, so that a checkpoint of one is not resumed with the other */
  readonly fingerprint?: string | undefined;
  /**
   * Readies the source to make batches on a device.
   * @throws Error for options that the source cannot serve
   */
  open(device: Device, options: BatchOptions): BatchReader;
}
