// Trainings that ended with their tab, or with a failure, and can be resumed from their last epoch.
import { signal } from '@preact/signals';
import { forgetRun, type InterruptedRun, interruptedRun } from './storage.ts';

/** The interrupted training of the project that was opened last. */
export const interrupted = signal<InterruptedRun | null>(null);

const locks: LockManager | undefined = navigator.locks; // missing on http:// addresses
const lockOf = (project: string) => `feathergrad-studio-${project}`;
/** the project that this tab is training */
let mine: string | null = null;

/** Looks for an interrupted training of a project, which no other tab is carrying out. */
export async function findInterrupted(id: string): Promise<void> {
  interrupted.value = null;
  try {
    const run = await interruptedRun(id);
    const { held = [] } = (await locks?.query()) ?? {};
    const isElsewhere = mine !== id && held.some(({ name }) => name === lockOf(id));
    if (run && !isElsewhere) interrupted.value = run;
  } catch {
    // storage is disabled: nothing was kept
  }
}

export async function discardInterrupted(project: string): Promise<void> {
  interrupted.value = null;
  await forgetRun(project).catch(() => {}); // storage is disabled
}

/** Runs `work` unless another tab is training the project; returns whether it did. */
export async function asOnlyTab(project: string, work: () => Promise<void>): Promise<boolean> {
  const alone = async () => {
    mine = project;
    try {
      await work();
    } finally {
      mine = null;
    }
    return true;
  };
  if (!locks) return alone();
  return locks.request(lockOf(project), { ifAvailable: true }, (lock) => (lock ? alone() : false));
}
