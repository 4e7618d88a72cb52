import type { TrainingState } from 'feathergrad';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { EpochPoint } from '../train/messages.ts';
import type { SeriesData } from '../train/series.ts';
import type { Settings } from '../train/settings.ts';

/** Weights that were trained on this page and are kept for Recognize. */
export interface KeptWeights {
  bytes: Uint8Array<ArrayBuffer>;
  /** in words: `drawn faces, 96.1 %` */
  about: string;
  /** when, in milliseconds */
  at: number;
}

/** A webcam picture of somebody's own, for training. */
export interface Shot {
  id?: number;
  label: string;
  /** pixels along each side */
  side: number;
  /** RGBA */
  data: Uint8ClampedArray;
}

/** Where an unfinished training stood. The state is kept apart, since it is large and only a resumed run needs it. */
export interface SavedRun {
  settings: Settings;
  /** epochs that have ended, and steps done of the running one */
  position: { epoch: number; step: number };
  stepsPerEpoch: number;
  at: number;
}

/** What the page has drawn of it. */
export interface SavedHistory {
  steps: SeriesData;
  epochs: EpochPoint[];
}

interface Schema extends DBSchema {
  weights: { key: 'trained'; value: KeptWeights };
  shots: { key: number; value: Shot };
  run: { key: 'about'; value: SavedRun };
  state: { key: 'state'; value: TrainingState };
  history: { key: 'history'; value: SavedHistory };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

/** What the browser keeps for this page, on this machine. */
export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('feathergrad', 1, {
    upgrade(db) {
      db.createObjectStore('weights');
      for (const name of ['run', 'state', 'history'] as const) db.createObjectStore(name);
      db.createObjectStore('shots', { keyPath: 'id', autoIncrement: true });
    },
  });
  return opened;
}

/** Keeps a checkpoint: both parts or none. */
export async function saveRun(about: SavedRun, state: TrainingState): Promise<void> {
  const work = (await database()).transaction(['run', 'state'], 'readwrite');
  await Promise.all([
    work.objectStore('run').put(about, 'about'),
    work.objectStore('state').put(state, 'state'),
    work.done,
  ]);
}

export async function forgetRun(): Promise<void> {
  const work = (await database()).transaction(['run', 'state', 'history'], 'readwrite');
  await Promise.all([
    ...(['run', 'state', 'history'] as const).map((name) => work.objectStore(name).clear()),
    work.done,
  ]);
}
