import { computed, signal } from '@preact/signals';
import { atWork, progress as pageProgress } from '../app/status.ts';
import { emptyCurves, withEpoch, withMark, withSteps } from './curves.ts';
import type { Progress, StudioEvent, StudioState, Trained } from './messages.ts';
import type { Curves } from './project.ts';

// The state of the current training run. It is kept outside of the view, so that training continues while another page
// is shown.

/** the reason why there is no GPU; null if there may be one */
export const noGpu = signal<string | null>(null);
export const runState = signal<StudioState>({ name: 'idle' });
export const progress = signal<Progress | null>(null);
export const notes = signal<readonly string[]>([]);
export const curves = signal<Curves>(emptyCurves());
/** the project that is being trained, or was trained last */
export const runOf = signal<string | null>(null);

export const isBusy = computed(() => ['preparing', 'training', 'stopping'].includes(runState.value.name));

let onTrained: (trained: Trained) => void = () => {};

/** Prepares for a run of a project; `onDone` receives its weights. */
export function beginRun(project: string, onDone: (trained: Trained) => void): void {
  runOf.value = project;
  runState.value = { name: 'preparing', text: 'Starting', share: null };
  progress.value = null;
  notes.value = [];
  curves.value = emptyCurves();
  onTrained = onDone;
}

/** Forgets the run's display, when another project is opened. */
export function clearRun(): void {
  runState.value = { name: 'idle' };
  progress.value = null;
  notes.value = [];
  curves.value = emptyCurves();
  runOf.value = null;
}

/** Receives an event of the worker. */
export function hear(event: StudioEvent): void {
  switch (event.kind) {
    case 'state':
      runState.value = event.state;
      atWork.value = isBusy.peek() ? 'studio' : null;
      if (!isBusy.peek()) pageProgress.value = null;
      break;
    case 'steps':
      showProgress(event.steps.at(-1));
      curves.value = withSteps(curves.peek(), event.steps);
      break;
    case 'epoch':
      curves.value = withEpoch(curves.peek(), event.epoch);
      break;
    case 'stage':
      curves.value = withMark(curves.peek(), event.step);
      break;
    case 'resumed':
      curves.value = event.curves;
      break;
    case 'note':
      notes.value = [...notes.peek(), event.text];
      break;
    case 'trained':
      onTrained(event.trained);
      break;
  }
}

function showProgress(latest: Progress | undefined): void {
  if (!latest) return;
  progress.value = latest;
  pageProgress.value = { share: latest.step / latest.steps, what: 'trained' };
}
