/** Longest time in milliseconds that work on the main thread should take before the page can respond. */
const STRETCH = 12;

/** Lets the page handle input and paint. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Returns a function to call between the parts of long work: it lets the page respond when that is due. */
export function breather(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < STRETCH) return;
    await pause();
    started = performance.now();
  };
}
