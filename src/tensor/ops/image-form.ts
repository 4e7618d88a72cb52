import { expectReal } from '../expect.ts';
import { imageShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';

export interface ImageForm {
  n: number;
  height: number;
  width: number;
  channels: number;
  /** channels / 4, or channels where they are not a multiple of four */
  channels4: number;
  /** see `inVec4` */
  defines: Readonly<Record<string, string>>;
}

/** Axes of an image tensor [N, H, W, C], or an error in the op's name. */
export function imageForm(op: string, x: Tensor): ImageForm {
  expectReal(op, 'x', x);
  const [n, height, width, channels] = imageShape(op, x.shape);
  const { count4: channels4, defines } = inVec4(channels);
  return { n, height, width, channels, channels4, defines };
}

/** Most pixels that a thread of a pass over every pixel takes, and threads that must be left to do so. */
const MOST_PIXELS = 16;
const FEWEST_THREADS = 8192;

/**
 * Cuts every strip of `length` pixels into runs, one a thread, where there are `strips` of them: threads
 * that take several pixels fetch what these share once, few pixels must still make enough threads.
 */
export function pixelRuns(length: number, strips: number): { run: number; count: number } {
  const affordable = Math.floor((length * strips) / FEWEST_THREADS);
  const run = Math.max(1, Math.min(MOST_PIXELS, length, affordable));
  return { run, count: Math.ceil(length / run) * strips };
}
