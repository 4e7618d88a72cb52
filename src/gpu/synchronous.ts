import { describeValue } from './describe-value.ts';

/**
 * What `fn` gives.
 * @throws Error when that is a promise: most of the work would come after what `caller` does around it
 */
export function synchronous<T>(caller: string, fn: () => T): T {
  if (typeof fn !== 'function') throw new Error(`${caller}: got ${describeValue(fn)}, expected a function`);
  const result = fn();
  if (result instanceof Promise) {
    result.catch(() => {}); // nobody will wait for it
    throw new Error(`${caller}: the function must not be async; await before or after it`);
  }
  return result;
}
