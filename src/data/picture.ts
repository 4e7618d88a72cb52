import { callable, having, integer, type OptionRules } from '../gpu/check-options.ts';

/** One decoded image: 8-bit samples, row by row, with interleaved channels. */
export interface Picture {
  /** width in pixels */
  width: number;
  /** height in pixels */
  height: number;
  /** 1 gray, 3 RGB, 4 RGB and alpha */
  channels: 1 | 3 | 4;
  /** width x height x channels samples of 0..255 */
  data: Uint8Array | Uint8ClampedArray;
  /** origin of the image, such as `Happy/0001.png` */
  name: string;
}

/** An image that was skipped, and the reason. */
export interface SkippedPicture {
  name: string;
  reason: string;
}

/** A folder of images in memory, sorted by class and then by name. */
export interface LabeledPictures {
  pictures: Picture[];
  /** the class of each image: an index into `classNames` */
  labels: Uint32Array;
  classNames: string[];
  /** image files that could not be used */
  skipped: SkippedPicture[];
}

/** Progress of reading. */
export interface ReadProgress {
  done: number;
  total: number;
}

export interface ReadPicturesOptions {
  /** called after each image */
  onProgress?: (progress: ReadProgress) => void;
  /** number of images that are decoded at the same time */
  concurrency?: number;
  /** maximum side in pixels (default 512); larger images are shrunk to it */
  maxSide?: number;
  /** aborts reading; the promise then rejects with the signal's reason */
  signal?: AbortSignal;
}

/** Checks of `ReadPicturesOptions`. */
export const READ_OPTIONS: OptionRules<ReadPicturesOptions> = {
  onProgress: callable,
  concurrency: (v) => integer(v),
  maxSide: (v) => integer(v, 1),
  signal: (v) => having(v, 'aborted', 'an AbortSignal'),
};

export const DEFAULT_MAX_SIDE = 512;

/**
 * Converts RGB samples to one gray channel if the three channels are equal in every pixel; otherwise returns them
 * unchanged.
 */
export function grayIfEqual(rgb: Uint8Array): { channels: 1 | 3; data: Uint8Array } {
  for (let i = 0; i < rgb.length; i += 3) {
    if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) return { channels: 3, data: rgb };
  }
  const gray = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < gray.length; i++) gray[i] = rgb[3 * i]!;
  return { channels: 1, data: gray };
}
