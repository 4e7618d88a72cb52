import type { Weights } from './weights.ts';

/** A batch for all libraries: images in both layouts (a real page would only create the one it needs) and labels. */
export interface Batch {
  size: number;
  side: number;
  /** [N, H, W, 3] */
  nhwc: Float32Array<ArrayBuffer>;
  /** [N, 3, H, W] */
  nchw: Float32Array<ArrayBuffer>;
  labels: Uint32Array<ArrayBuffer>;
}

/** Returns the logits [N, 8] of a batch, including upload and read-back. */
export type Infer = (batch: Batch) => Promise<Float32Array>;

/** A training step: forward, softmax cross-entropy, backward, running statistics, Adam with learning rate 1e-3. */
export interface Trainer {
  /** runs one step, including upload of the batch and read-back of the loss */
  step(batch: Batch): Promise<number>;
  /** gradients of the first step under PyTorch's names, in its layouts; valid after exactly one step */
  gradients(): Promise<Map<string, Float32Array<ArrayBuffer>>>;
}

/** One library on one device. */
export interface Peer {
  /** description of the adapter or processor */
  readonly device: string;
  inference(weights: Weights, size: number, side: number): Promise<Infer>;
  /** missing if the library cannot train */
  training?(weights: Weights, size: number, side: number): Promise<Trainer>;
}

/** `isTuned` selects feathergrad's stored tuning table; the other libraries ignore it. */
export type PeerModule = { open(isTuned?: boolean): Promise<Peer> };

/**
 * Recovers the gradient from Adam's first average, which after one step from zero is (1 - beta1) times the gradient.
 */
export function gradientFromMoment(moment: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return moment.map((value) => value / (1 - ADAM.beta1));
}

export const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;
