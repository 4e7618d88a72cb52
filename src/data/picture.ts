import { callable, having, integer, type OptionRules } from '../gpu/check-options.ts';

/** One decoded picture: 8-bit samples, row by row, the channels of a pixel side by side. */
export interface Picture {
  /** pixels in a row */
  width: number;
  /** rows */
  height: number;
  /** 1 gray, 3 RGB, 4 RGB and alpha */
  channels: 1 | 3 | 4;
  /** width x height x channels samples of 0..255 */
  data: Uint8Array | Uint8ClampedArray;
  /** where it came from, such as `Happy/0001.png` */
  name: string;
}

/** A picture that was left out, and why. */
export interface SkippedPicture {
  name: string;
  reason: string;
}

/** A folder of pictures in memory, in the order of the classes and, inside of each, of the names. */
export interface LabeledPictures {
  pictures: Picture[];
  /** the class of each picture: an index into `classNames` */
  labels: Uint32Array;
  classNames: string[];
  /** what looked like a picture and could not be taken */
  skipped: SkippedPicture[];
}

/** How many of all pictures have been read. */
export interface ReadProgress {
  done: number;
  total: number;
}

export interface ReadPicturesOptions {
  /** called after each picture */
  onProgress?: (progress: ReadProgress) => void;
  /** pictures that are decoded at the same time */
  concurrency?: number;
  /** longest side in pixels (default 512); larger pictures are shrunk to it */
  maxSide?: number;
  /** stops the reading; the promise is then rejected with the signal's reason */
  signal?: AbortSignal;
}

/** Rules of `ReadPicturesOptions`. */
export const READ_OPTIONS: OptionRules<ReadPicturesOptions> = {
  onProgress: callable,
  concurrency: (v) => integer(v),
  maxSide: (v) => integer(v, 1),
  signal: (v) => having(v, 'aborted', 'an AbortSignal'),
};

export const DEFAULT_MAX_SIDE = 512;

/** RGB samples as one gray channel where the three agree in every pixel, else as they are. */
export function grayIfEqual(rgb: Uint8Array): { channels: 1 | 3; data: Uint8Array } {
  for (let i = 0; i < rgb.length; i += 3) {
    if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) return { channels: 3, data: rgb };
  }
  const gray = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < gray.length; i++) gray[i] = rgb[3 * i]!;
  return { channels: 1, data: gray };
}
