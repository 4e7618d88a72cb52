import type { AttentionMap } from '../train/messages.ts';

export interface ModelFacts {
  classNames: readonly string[];
  /** variant of FER-MobileNetV3, or name of another network */
  network: string;
  side: number;
  parameters: number;
  /** metadata of the weights file */
  metadata: Record<string, string>;
}

export interface Seen {
  probabilities: Float32Array;
  /** attention maps of this image */
  attention: AttentionMap[];
  /** latency, from receiving the frame to the result */
  milliseconds: number;
}

/** The square that the network receives, in pixels of the image. */
export interface Crop {
  left: number;
  top: number;
  size: number;
}
