// Only one tab of a browser trains at a time, since all tabs share one checkpoint. A lock belongs to the tab that trains;
// the browser releases it when the tab is closed or crashes. A channel tells the other tabs that a training has begun.
import { signal } from '@preact/signals';

const LOCK = 'feathergrad-training';

/** Whether another tab is training. */
export const trainsElsewhere = signal(false);

const locks: LockManager | undefined = navigator.locks; // missing on http:// addresses
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(LOCK);
channel?.addEventListener('message', () => watch());

let release: (() => void) | null = null;

/** Claims the checkpoint for this tab until `releaseRun`. Returns false if another tab is training. */
export async function claimRun(): Promise<boolean> {
  if (!locks || release) return true;
  return new Promise((resolve) => {
    locks.request(LOCK, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      if (lock === null) return watch();
      channel?.postMessage('begun');
      return new Promise<void>((done) => {
        release = done;
      });
    });
  });
}

export function releaseRun(): void {
  release?.();
  release = null;
}

/** Finds out whether another tab is training, and sets `trainsElsewhere` again when it has ended. */
export async function watch(): Promise<void> {
  if (!locks || release) return;
  const { held = [] } = await locks.query();
  if (!held.some(({ name, mode }) => name === LOCK && mode === 'exclusive')) {
    trainsElsewhere.value = false;
    return;
  }
  if (trainsElsewhere.peek()) return; // is already waiting
  trainsElsewhere.value = true;
  await locks.request(LOCK, { mode: 'shared' }, () => {
    trainsElsewhere.value = false;
  });
}
