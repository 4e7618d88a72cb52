import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { messageOf } from '../lib/errors.ts';
import type { TuneSummary } from './messages.ts';
import { shotClasses } from './shots.ts';
import { engine, isBusy, problem, runState, settings } from './store.ts';

/** Seconds of one press. */
export const TUNE_SECONDS = 20;

export const isTuning = signal(false);
export const tuned = signal<TuneSummary | null>(null);

/** Measures the kernels of a run with the chosen settings. The form is disabled meanwhile, as during a run. */
export async function startTuning(): Promise<void> {
  if (isBusy.peek()) return;
  const before = runState.peek();
  const chosen = settings.peek();
  const onProgress = proxy((share: number, key: string) => {
    runState.value = { name: 'preparing', text: `Tuning, ${Math.round(100 * share)} %: ${key}` };
  });
  runState.value = { name: 'preparing', text: 'Tuning' };
  isTuning.value = true;
  problem.value = null;
  try {
    if (chosen.data === 'shots') await engine.useShots(shotClasses.peek());
    tuned.value = await engine.tune(chosen, TUNE_SECONDS, onProgress);
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    isTuning.value = false;
    runState.value = before;
  }
}

export const stopTuning = () => engine.stopTuning();
