import type { Device } from '../gpu/device.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface BatchOptions {
  /** pictures in a batch */
  batch: number;
  /** pixels along each side of a picture */
  side: number;
}

export interface Batch {
  /** [batch, side, side, 3], ImageNet-normalised */
  images: Tensor;
  /** u32 [batch] */
  labels: Tensor;
}

/** Makes batches on the device; its inputs are written by the host before each run of a capture. */
export interface BatchReader {
  /** Records the dispatches that make the batch from what was loaded last. */
  record(): Batch;
  /** Uploads what the next run needs: exactly `batch` indices into the source. */
  load(indices: readonly number[]): void;
  dispose(): void;
}

/** Labelled pictures that training and evaluation take their batches from. */
export interface BatchSource {
  readonly classNames: readonly string[];
  /** pictures in an epoch */
  readonly length: number;
  /** an epoch is a shuffle of 0..length-1, or the next `length` pictures of an endless set */
  readonly order: 'shuffle' | 'endless';
  open(device: Device, options: BatchOptions): BatchReader;
}
