import type { Weights } from './weights.ts';

/** A batch as each library wants it: pictures in both layouts (a page would make the one it needs) and labels. */
export interface Batch {
  size: number;
  side: number;
  /** [N, H, W, 3] */
  nhwc: Float32Array<ArrayBuffer>;
  /** [N, 3, H, W] */
  nchw: Float32Array<ArrayBuffer>;
  labels: Uint32Array<ArrayBuffer>;
}

/** Logits [N, 8] of a batch: uploads it and reads the result back. */
export type Infer = (batch: Batch) => Promise<Float32Array>;

/** A training step: forward, softmax cross-entropy, backward, running statistics, Adam (learning rate 1e-3). */
export interface Trainer {
  /** uploads the batch, reads the loss back */
  step(batch: Batch): Promise<number>;
  /** gradients of the first step by PyTorch's names, in its layouts; valid after exactly one step */
  gradients(): Promise<Map<string, Float32Array<ArrayBuffer>>>;
}

/** One library on one device. */
export interface Peer {
  /** the adapter or processor in words */
  readonly device: string;
  inference(weights: Weights, size: number, side: number): Promise<Infer>;
  /** absent where the library cannot train */
  training?(weights: Weights, size: number, side: number): Promise<Trainer>;
}

export type PeerModule = { open(): Promise<Peer> };

/** Adam's first average after one step from zero is (1 - beta1) times the gradient: so it gives the gradient back. */
export function gradientFromMoment(moment: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return moment.map((value) => value / (1 - ADAM.beta1));
}

export const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;
