import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Stop = (typeof SIGNALS)[number];

/** A request to stop: the abort signal for the work, and the system signal that caused it. */
export interface StopSignal {
  signal: AbortSignal;
  /** conventional exit code of a process ended by the signal; 130 before a signal arrives */
  readonly exitCode: number;
  /** cause of the stop: "Ctrl-C", "SIGTERM" */
  readonly cause: string;
  /** Stops listening. */
  release(): void;
}

/** Turns the first Ctrl-C, SIGTERM or SIGHUP into an abort; a second one ends the process at once. */
export function listenForStop(tell: (text: string) => void): StopSignal {
  const controller = new AbortController();
  let received: Stop = 'SIGINT';
  const codeOf = (name: Stop) => 128 + constants.signals[name];
  const listeners = SIGNALS.map((name) => {
    const listener = () => {
      if (controller.signal.aborted) process.exit(codeOf(name));
      received = name;
      tell('Stopping after the current step; progress is kept. A second Ctrl-C ends at once.');
      controller.abort();
    };
    process.on(name, listener);
    return [name, listener] as const;
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return codeOf(received);
    },
    get cause() {
      return received === 'SIGINT' ? 'Ctrl-C' : received;
    },
    release() {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}
