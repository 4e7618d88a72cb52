import { callable, checkValue } from '../gpu/check-options.ts';
import { synchronous } from '../gpu/synchronous.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';

/** While set, receives the output and the first input of each module after its call; see `observe`. */
let observer: ((module: Module, output: Tensor, input: Tensor) => void) | null = null;

/**
 * Runs the synchronous function `fn`, and calls `watch` with the output and the first input of every module that `fn`
 * calls.
 */
export function observe<T>(watch: (module: Module, output: Tensor, input: Tensor) => void, fn: () => T): T {
  checkValue('observe', 'watch', watch, callable);
  checkValue('observe', 'fn', fn, callable);
  const before = observer;
  observer = watch;
  try {
    return synchronous('observe', fn);
  } finally {
    observer = before;
  }
}

/** Whether a function that was passed to `observe` watches, so that every module must compute its output. */
export const isObserved = (): boolean => observer !== null;

/** Reports a finished call to the function that was passed to `observe`, if any. */
export function reportCall(module: Module, output: Tensor, input: Tensor): void {
  observer?.(module, output, input);
}
