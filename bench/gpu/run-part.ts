import { fork } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COLD } from '../peers/host-in-node.ts';
import type { PartMessage, PartTask } from './messages.ts';

/** How a process ended: null if it finished, else why it did not. */
export type PartEnd = string | null;

export interface PartOptions {
  /** seconds after which the process is ended */
  seconds: number;
  /** file for everything that the process prints */
  log: string;
  signal: AbortSignal;
  /** whether the driver's shader cache is off, so that first calls include compilation */
  isCold: boolean;
  onMessage: (message: Exclude<PartMessage, { kind: 'error' }>) => void;
}

/** Runs a part in a separate process. */
export function runPart(
  task: PartTask,
  { seconds, log, signal, isCold, onMessage }: PartOptions,
): Promise<PartEnd> {
  const script = fileURLToPath(new URL('part.mjs', import.meta.url));
  const child = fork(script, [JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...(isCold && COLD) },
  });
  let printed = '';
  let reason: string | null = null;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-2000);
      appendFileSync(log, chunk);
    });
  }
  child.on('message', (message: PartMessage) => {
    if (message.kind === 'error') reason = message.value;
    else onMessage(message);
  });
  return new Promise((resolve) => {
    const stop = (why: string) => {
      reason ??= why;
      child.kill('SIGKILL'); // a driver that compiles or hangs does not listen to anything else
    };
    const timer = setTimeout(() => stop(`exceeded its ${Math.round(seconds)} s`), 1000 * seconds);
    const interrupt = () => stop('interrupted');
    if (signal.aborted) interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    child.once('close', (code, killedBy) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
      const isCrash = code !== 0 && reason === null;
      const last = printed.trim().split('\n').at(-1) ?? '';
      resolve(isCrash ? `the process ended with ${killedBy ?? code}${last && `: ${last}`}` : reason);
    });
  });
}
