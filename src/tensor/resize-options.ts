import { integer, type OptionRules, oneOf, triple } from '../gpu/check-options.ts';
import type { ResizeOptions } from './image.ts';

/** Rules of `ResizeOptions`, and of all options that contain them; in a file of its own, since it needs no kernel. */
export const RESIZE_OPTIONS: OptionRules<ResizeOptions> = {
  side: (v) => integer(v, 1),
  mean: triple,
  std: (v) => triple(v, 0),
  color: (v) => oneOf(v, ['rgb', 'gray']),
};
