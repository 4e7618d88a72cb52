import { describeValue } from './describe-value.ts';

/**
 * Returns fn().
 * @throws Error when that is a promise, since most of its work would run after `caller` has returned
 */
export function synchronous<T>(caller: string, fn: () => T): T {
  if (typeof fn !== 'function') throw new Error(`${caller}: got ${describeValue(fn)}, expected a function`);
  const result = fn();
  if (result instanceof Promise) {
    result.catch(() => {}); // no unhandled rejection beside the error below
    throw new Error(`${caller}: the function must not be async; await before or after it`);
  }
  return result;
}
