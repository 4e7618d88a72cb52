import { describeValue } from './describe-value.ts';

/**
 * Returns fn().
 * @throws Error when the result is a promise, since most of the work would run after `caller` has returned
 */
export function synchronous<T>(caller: string, fn: () => T): T {
  if (typeof fn !== 'function') throw new Error(`${caller}: got ${describeValue(fn)}, expected a function`);
  const result = fn();
  if (result instanceof Promise) {
    result.catch(() => {}); // no unhandled rejection beside the error below
    throw new Error(`${caller}: the function is async, but must be synchronous. Await before or after it.`);
  }
  return result;
}
