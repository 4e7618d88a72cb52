/**
 * What `fn` gives.
 * @throws Error when that is a promise: most of the work would come after what `caller` does around it
 */
export function synchronous<T>(caller: string, fn: () => T): T {
  const result = fn();
  if (result instanceof Promise) {
    result.catch(() => {}); // nobody will wait for it
    throw new Error(`${caller}: the function must not be async; await before or after it`);
  }
  return result;
}
