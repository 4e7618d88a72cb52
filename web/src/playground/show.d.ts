// Types of the playground's global function, for the examples.
import type { ShowOptions } from './sandbox/show.ts';

declare global {
  /**
   * Shows a value below the code: text, a tensor as a table, heat map or image, or, for an object of numbers, the next
   * point of a live chart. Await it for a tensor that is disposed or overwritten later.
   */
  function show(value: unknown, options?: ShowOptions): Promise<void>;
}
