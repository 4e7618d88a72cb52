import type { AttentionMap } from '../train/messages.ts';

export interface ModelFacts {
  classNames: readonly string[];
  variant: string;
  side: number;
  parameters: number;
  /** what the file says of itself */
  metadata: Record<string, string>;
}

export interface Seen {
  probabilities: Float32Array;
  /** of the one picture */
  attention: AttentionMap[];
  /** from the frame's arrival to the answer */
  milliseconds: number;
}

/** A square of the picture that the network is shown, in the picture's pixels. */
export interface Crop {
  left: number;
  top: number;
  size: number;
}
