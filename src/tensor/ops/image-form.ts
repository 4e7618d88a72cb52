import { expectReal } from '../expect.ts';
import { imageShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';

export interface ImageForm {
  n: number;
  height: number;
  width: number;
  channels: number;
  /** channels / 4, or channels if they are not a multiple of four */
  channels4: number;
  /** see `inVec4` */
  defines: Readonly<Record<string, string>>;
}

/** @throws ShapeError unless x is a batch of images [N, H, W, C]; `op` is the name in the message */
export function imageForm(op: string, x: Tensor): ImageForm {
  expectReal(op, 'x', x);
  const [n, height, width, channels] = imageShape(op, x.shape);
  const { count4: channels4, defines } = inVec4(channels);
  return { n, height, width, channels, channels4, defines };
}

/** Maximum pixels per thread in a pass over all pixels, and the minimum number of threads. */
const MOST_PIXELS = 16;
const FEWEST_THREADS = 8192;

/**
 * Splits each of `strips` strips of `length` pixels into runs, one per thread. Longer runs load shared values less often,
 * but must leave enough threads.
 */
export function pixelRuns(length: number, strips: number): { run: number; count: number } {
  const affordable = Math.floor((length * strips) / FEWEST_THREADS);
  const run = Math.max(1, Math.min(MOST_PIXELS, length, affordable));
  return { run, count: Math.ceil(length / run) * strips };
}
