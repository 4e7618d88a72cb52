import type { ImageColor, TrainingState } from 'feathergrad';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { EpochPoint } from '../train/messages.ts';
import type { SeriesData } from '../train/series.ts';
import type { Settings } from '../train/settings.ts';

/** Weights that were trained on this page, stored for Recognize. */
export interface KeptWeights {
  bytes: Uint8Array<ArrayBuffer>;
  /** a description, such as `drawn faces, 96.1 %` */
  about: string;
  /** time of storing, in milliseconds since 1970 */
  at: number;
}

/** A webcam image for training. */
export interface Shot {
  id?: number;
  label: string;
  /** pixels along each side */
  side: number;
  /** RGBA */
  data: Uint8ClampedArray;
}

/** Position of an unfinished training run. Its state is stored separately, since it is large and only needed to resume. */
export interface SavedRun {
  settings: Settings;
  /** completed epochs, and completed steps of the current one */
  position: { epoch: number; step: number };
  stepsPerEpoch: number;
  /** color of the images that the network is trained for */
  color?: ImageColor;
  at: number;
}

/** The data of the run's charts. */
export interface SavedHistory {
  steps: SeriesData;
  epochs: EpochPoint[];
}

interface Schema extends DBSchema {
  /** the weights of the latest run on Train, and those of the run before it */
  weights: { key: 'trained' | 'previous'; value: KeptWeights };
  shots: { key: number; value: Shot };
  run: { key: 'about'; value: SavedRun };
  state: { key: 'state'; value: TrainingState };
  history: { key: 'history'; value: SavedHistory };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

/** The page's storage in this browser. */
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

/** Stores a checkpoint, in one transaction. */
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
