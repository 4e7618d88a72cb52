import { computed, effect, signal } from '@preact/signals';
import { proxy } from 'comlink';
import type { RecipeName } from 'feathergrad';
import { place, replaceParams } from '../app/router.ts';
import { atWork, gpuName, progress } from '../app/status.ts';
import { messageOf } from '../lib/errors.ts';
import { spawn } from '../lib/spawn.ts';
import { database, forgetRun, type SavedRun } from '../lib/storage.ts';
import type {
  DataSummary,
  EpochPoint,
  Face,
  LayerStats,
  Probe,
  RunEvent,
  RunState,
  StepPoint,
} from './messages.ts';
import { claimRun, releaseRun, trainsElsewhere, watch } from './one-tab.ts';
import { withRecipe } from './recipe-settings.ts';
import { Series } from './series.ts';
import { defaultsFor, paramsOf, type Settings, settingsFrom } from './settings.ts';
import { shotClasses } from './shots.ts';
import type { ChosenFiles, TrainEngine } from './worker/engine.ts';
import engineUrl from './worker/engine.ts?worker&url';

// Training state is kept outside of the view, so that training continues while another page is shown.

export const PEOPLE = 10;

const asked = settingsFrom(place.peek().page === 'train' ? place.peek().params : new URLSearchParams());
export const settings = signal<Settings>(asked.settings);
/** whether the page was opened by a link with settings */
export const isFromLink = signal(place.peek().page === 'train' && place.peek().params.size > 0);
/** invalid settings of the URL */
export const wrongInAddress = signal(asked.wrong);

export const runState = signal<RunState>({ name: 'idle' });
/** the settings of the current or latest run; the form may show others */
export const runSettings = signal<Settings>(settings.peek());
export const steps = new Series();
export const epochs = signal<EpochPoint[]>([]);
export const lastStep = signal<StepPoint | null>(null);
export const gpuBytes = signal(0);
export const faces = signal<Face[]>([]);
export const classNames = signal<readonly string[]>([]);
export const probe = signal<Probe | null>(null);
/** weights, gradients and dead channels, if the page shows them */
export const layers = signal<LayerStats | null>(null);

export type DataState =
  | { name: 'none' }
  | { name: 'reading'; done: number; total: number }
  | { name: 'ready'; summary: DataSummary }
  | { name: 'failed'; message: string };
export const given = {
  folder: signal<DataState>({ name: 'none' }),
  ferplus: signal<DataState>({ name: 'none' }),
};
export const sheet = signal<Face[]>([]);
/** the reason why there is no GPU; null if there may be one */
export const noGpu = signal<string | null>(null);
/** an unfinished run of an earlier visit, or one that was stopped */
export const unfinished = signal<SavedRun | null>(null);
/** warnings and notes about the run, in order */
export const notes = signal<readonly string[]>([]);
export const problem = signal<string | null>(null);

export const isBusy = computed(() => ['preparing', 'running', 'paused'].includes(runState.value.name));

const { remote } = spawn<TrainEngine>(engineUrl);
export const engine = remote;
remote.listen(proxy(hear));

/** Opens the GPU. */
export async function openGpu(): Promise<void> {
  try {
    gpuName.value = await remote.open();
    noGpu.value = null;
  } catch (error) {
    noGpu.value = messageOf(error);
  }
}

effect(() => {
  const { page, params } = place.value;
  if (page !== 'train') return;
  // a link to the page without settings keeps those of the form, and a run keeps its own
  if (params.size === 0 || isBusy.peek()) {
    replaceParams('train', paramsOf(settings.peek()));
    return;
  }
  const read = settingsFrom(params);
  if (paramsOf(read.settings).toString() === paramsOf(settings.peek()).toString()) return;
  settings.value = read.settings;
  wrongInAddress.value = read.wrong;
});

/** Changes one setting and resets the defaults that depend on it. */
export function set(name: keyof Settings, value: string | number): void {
  const params = paramsOf(settings.peek());
  params.set(name, String(value));
  if (name === 'data') params.delete('optimizer'); // each kind of data has its own default
  if (name === 'data' || name === 'optimizer') {
    params.delete('learningRate');
    params.delete('weightDecay');
  }
  const next = settingsFrom(params).settings;
  settings.value = next;
  wrongInAddress.value = [];
  replaceParams('train', paramsOf(next));
}

/** Returns all settings to their defaults, for the chosen kind of data. */
export function resetSettings(): void {
  settings.value = defaultsFor({ data: settings.peek().data });
  wrongInAddress.value = [];
  replaceParams('train', paramsOf(settings.peek()));
}

export function useRecipe(name: RecipeName | 'quick'): void {
  settings.value = withRecipe(settings.peek(), name);
  wrongInAddress.value = [];
  replaceParams('train', paramsOf(settings.peek()));
}

/** Shows or hides weights, gradients and dead channels, which are only computed while they are shown. */
export async function showLayers(shows: boolean): Promise<void> {
  try {
    await remote.showLayers(shows);
  } catch (error) {
    problem.value = messageOf(error);
  }
}

/** Draws the sample faces for the current seed. */
export async function drawSheet(): Promise<void> {
  const { seed } = settings.peek();
  try {
    const drawn = await remote.sheet(seed, PEOPLE);
    if (settings.peek().seed === seed) sheet.value = drawn;
  } catch (error) {
    if (!noGpu.peek()) problem.value = messageOf(error);
  }
}

/** Reads the chosen files as a folder of images or as FER+. */
export async function chooseFiles(kind: 'folder' | 'ferplus', files: ChosenFiles): Promise<void> {
  const state = given[kind];
  state.value = { name: 'reading', done: 0, total: files.length };
  try {
    const onProgress = proxy((done: number, total: number) => {
      state.value = { name: 'reading', done, total };
    });
    const read = kind === 'folder' ? remote.loadFolder : remote.loadFerPlus;
    state.value = { name: 'ready', summary: await read(files, onProgress) };
  } catch (error) {
    state.value = { name: 'failed', message: messageOf(error) };
  }
}

export async function start(): Promise<void> {
  if (!(await claimRun())) {
    problem.value = ELSEWHERE;
    return;
  }
  steps.clear();
  epochs.value = [];
  lastStep.value = null;
  probe.value = null;
  layers.value = null;
  problem.value = null;
  notes.value = [];
  unfinished.value = null;
  await forgetRun().catch(() => {}); // storage is disabled
  const chosen = settings.peek();
  runSettings.value = chosen;
  await inWorker(async () => {
    if (chosen.data === 'shots') await remote.useShots(shotClasses.peek());
    await remote.start(chosen);
  });
}

const ELSEWHERE =
  'Another tab of this browser is training, and there is one checkpoint for all tabs. Stop the training there first.';

/**
 * Runs a training in the worker. The worker reports failures of a run as events; other errors appear on the page.
 * @returns whether there was no other error
 */
async function inWorker(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    problem.value = messageOf(error);
    return false;
  } finally {
    releaseRun();
  }
}

effect(() => {
  if (!trainsElsewhere.value) findUnfinished(); // also of a tab that was closed while it trained
});

/** Looks for an unfinished run. */
export async function findUnfinished(): Promise<void> {
  if (isBusy.peek()) return;
  await watch();
  try {
    const saved = (await (await database()).get('run', 'about')) ?? null;
    unfinished.value = trainsElsewhere.peek() ? null : saved; // the run of another tab is not offered
  } catch {
    unfinished.value = null; // storage is disabled
  }
}

/** Resumes the unfinished run with its settings. */
export async function resumeUnfinished(): Promise<void> {
  const saved = unfinished.peek();
  if (!saved) return;
  if (!(await claimRun())) {
    problem.value = ELSEWHERE;
    return;
  }
  problem.value = null;
  notes.value = [];
  settings.value = saved.settings;
  runSettings.value = saved.settings;
  replaceParams('train', paramsOf(saved.settings));
  unfinished.value = null;
  const isRun = await inWorker(async () => {
    if (saved.settings.data === 'shots') await remote.useShots(shotClasses.peek());
    await remote.resumeSaved();
  });
  if (!isRun) unfinished.value = saved; // it can be tried again or discarded
}

export async function forgetUnfinished(): Promise<void> {
  unfinished.value = null;
  await forgetRun();
}

/** Stores the data of the charts with each checkpoint. */
async function keepHistory(): Promise<void> {
  const history = { steps: steps.toJSON(), epochs: epochs.peek() };
  await (await database()).put('history', history, 'history').catch(() => {}); // without it, the charts of a resumed run start later
}

async function goBackTo(step: number): Promise<void> {
  const kept = steps.step.length > 0 ? null : await (await database()).get('history', 'history');
  steps.restore(kept?.steps ?? steps.toJSON(), step);
  epochs.value = (kept?.epochs ?? epochs.peek()).filter((epoch) => epoch.step <= step);
}

addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden' && isBusy.peek()) remote.save();
});

const shareDone = ({ step, stepsPerEpoch }: StepPoint): number =>
  Math.min(1, step / Math.max(1, runSettings.peek().epochs * stepsPerEpoch));

function hear(event: RunEvent): void {
  switch (event.kind) {
    case 'state':
      runState.value = event.state;
      if (event.state.name === 'ended' || (event.state.name === 'failed' && event.state.canResume))
        findUnfinished();
      atWork.value = event.state.name === 'running' || event.state.name === 'preparing' ? 'train' : null;
      if (!isBusy.peek()) progress.value = null;
      break;
    case 'steps':
      steps.add(event.steps);
      lastStep.value = event.steps.at(-1) ?? null;
      if (lastStep.peek())
        progress.value = { share: shareDone(lastStep.peek() as StepPoint), what: 'trained' };
      gpuBytes.value = event.memory;
      break;
    case 'epoch':
      epochs.value = [...epochs.peek(), event.epoch];
      break;
    case 'faces':
      faces.value = event.faces;
      classNames.value = event.classNames;
      break;
    case 'saved':
      keepHistory();
      break;
    case 'resumed':
      goBackTo(event.step);
      break;
    case 'note':
      notes.value = [...notes.peek(), event.text];
      break;
    case 'probe':
      probe.value = event.probe;
      break;
    case 'layers':
      layers.value = event.layers;
      break;
  }
}
