import type { AttentionMap } from '../train/messages.ts';

/** The device that computes: the GPU with its description, or the CPU with the reason. */
export type Opened = { gpu: string } | { gpu: null; why: string };

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

/** How the engine processes a picture or a video frame. */
export interface LookOptions {
  /** time of a video frame in milliseconds; null for a picture */
  time: number | null;
  /** whether to search for faces; otherwise only the square under the guide is used */
  findFaces: boolean;
  largestOnly: boolean;
  /** time constant of the smoothing in milliseconds */
  smoothing: number;
}

/** A face on the page. */
export interface FaceView {
  id: number;
  /** in the picture's pixels */
  box: { left: number; top: number; width: number; height: number };
  label: string;
  /** probability of the label */
  probability: number;
  /** in the order of the classes */
  probabilities: number[];
  hasBaseline: boolean;
  /** the pixels that the network received */
  crop: ImageData | null;
  attention: AttentionMap[];
}

export interface FoundFaces {
  faces: FaceView[];
  /** milliseconds */
  times: { detect: number; classify: number };
}

/** The faces of a picture, and the square under the guide where none was found. */
export interface Looked {
  found: FoundFaces | null;
  seen: Seen | null;
}
