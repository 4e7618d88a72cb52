/** Ctrl-C as programs end by it, by convention of the shells. */
export const INTERRUPTED = 130;

/** Turns the first Ctrl-C into an abort, and lets the second end the process at once. */
export function listenForStop(tell: (text: string) => void): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    tell('Stopping after the running step, to keep what was reached. Ctrl-C again ends at once.');
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  return { signal: controller.signal, release: () => void process.off('SIGINT', onInterrupt) };
}
