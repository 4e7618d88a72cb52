import { integer, type OptionRules, oneOf, triple } from '../gpu/check-options.ts';
import type { ResizeOptions } from './image.ts';

/**
 * Rules of `ResizeOptions` and of all options that include them. They are in a separate file because they need no
 * kernel.
 */
export const RESIZE_OPTIONS: OptionRules<ResizeOptions> = {
  side: (v) => integer(v, 1),
  mean: triple,
  std: (v) => triple(v, 0),
  color: (v) => oneOf(v, ['rgb', 'gray']),
};
