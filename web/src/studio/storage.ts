import type { StateDict, TrainingState } from 'feathergrad';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Curves, PlanChoice, Project, Shot, TrainedModel } from './project.ts';

/** Weights from a file of the user's, with which a project starts. */
export interface StartFile {
  project: string;
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** An unfinished training. Its weights are stored apart, since they are large and only needed to resume. */
export interface InterruptedRun {
  project: string;
  /** the plan that is carried out */
  plan: PlanChoice;
  /** hash of the pictures and classes */
  pictures: string;
  /** completed steps of all stages, and steps of the whole plan */
  step: number;
  steps: number;
  at: number;
}

/** What is needed to resume a training bit for bit. */
export interface RunState {
  project: string;
  /** the current stage, and the steps of those before it */
  stage: number;
  before: number;
  training: TrainingState;
  /** the best weights so far */
  best: { state: StateDict; accuracy: number; loss: number } | null;
  curves: Curves;
  /** duration so far in milliseconds */
  duration: number;
}

interface Schema extends DBSchema {
  projects: { key: string; value: Project };
  shots: { key: string; value: Shot; indexes: { project: string } };
  models: { key: string; value: TrainedModel };
  starts: { key: string; value: StartFile };
  runs: { key: string; value: InterruptedRun };
  runStates: { key: string; value: RunState };
}

/** Everything that belongs to a project. */
export interface WholeProject {
  project: Project;
  shots: Shot[];
  model: TrainedModel | undefined;
  start: StartFile | undefined;
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('feathergrad-studio', 2, {
    upgrade(db, from) {
      if (from < 1) {
        db.createObjectStore('projects', { keyPath: 'id' });
        db.createObjectStore('shots', { keyPath: 'id' }).createIndex('project', 'project');
        db.createObjectStore('models', { keyPath: 'project' });
        db.createObjectStore('starts', { keyPath: 'project' });
      }
      db.createObjectStore('runs', { keyPath: 'project' });
      db.createObjectStore('runStates', { keyPath: 'project' });
    },
  });
  return opened;
}

let isPersistenceAsked = false;

/** Asks the browser, once, not to delete the page's data when space runs low. */
function askToPersist(): void {
  if (isPersistenceAsked) return;
  isPersistenceAsked = true;
  navigator.storage?.persist?.().catch(() => {}); // the browser may refuse; the data is kept as long as it likes
}

/** Returns all projects, the latest first. */
export async function listProjects(): Promise<Project[]> {
  const all = await (await database()).getAll('projects');
  return all.sort((a, b) => b.changed - a.changed);
}

export async function saveProject(project: Project): Promise<void> {
  await (await database()).put('projects', project);
}

export async function shotsOf(project: string): Promise<Shot[]> {
  return inOrder(await (await database()).getAllFromIndex('shots', 'project', project));
}

const inOrder = (shots: Shot[]): Shot[] => shots.sort((a, b) => a.at - b.at);

export async function saveShots(shots: readonly Shot[]): Promise<void> {
  const work = (await database()).transaction('shots', 'readwrite');
  await Promise.all([...shots.map((shot) => work.store.put(shot)), work.done]);
  askToPersist();
}

export async function deleteShots(ids: readonly string[]): Promise<void> {
  const work = (await database()).transaction('shots', 'readwrite');
  await Promise.all([...ids.map((id) => work.store.delete(id)), work.done]);
}

export async function modelOf(project: string): Promise<TrainedModel | undefined> {
  return (await database()).get('models', project);
}

export async function saveModel(model: TrainedModel): Promise<void> {
  await (await database()).put('models', model);
  askToPersist();
}

export async function startFileOf(project: string): Promise<StartFile | undefined> {
  return (await database()).get('starts', project);
}

export async function saveStartFile(file: StartFile): Promise<void> {
  await (await database()).put('starts', file);
}

/** Stores the checkpoint of a training in one transaction. */
export async function saveRun(about: InterruptedRun, state: RunState): Promise<void> {
  const work = (await database()).transaction(['runs', 'runStates'], 'readwrite');
  await Promise.all([
    work.objectStore('runs').put(about),
    work.objectStore('runStates').put(state),
    work.done,
  ]);
}

export async function interruptedRun(project: string): Promise<InterruptedRun | undefined> {
  return (await database()).get('runs', project);
}

/** Reads the checkpoint of a training; undefined if it has none, or an incomplete one. */
export async function runStateOf(
  project: string,
): Promise<{ about: InterruptedRun; state: RunState } | undefined> {
  const db = await database();
  const [about, state] = await Promise.all([db.get('runs', project), db.get('runStates', project)]);
  return about && state && { about, state };
}

export async function forgetRun(project: string): Promise<void> {
  const work = (await database()).transaction(['runs', 'runStates'], 'readwrite');
  await Promise.all([
    work.objectStore('runs').delete(project),
    work.objectStore('runStates').delete(project),
    work.done,
  ]);
}

/** Reads a project with its pictures and weights. */
export async function wholeProject(id: string): Promise<WholeProject | null> {
  const db = await database();
  const [project, shots, model, start] = await Promise.all([
    db.get('projects', id),
    db.getAllFromIndex('shots', 'project', id),
    db.get('models', id),
    db.get('starts', id),
  ]);
  return project ? { project, shots: inOrder(shots), model, start } : null;
}

/** Stores a project with its pictures and weights. */
export async function putWhole({ project, shots, model, start }: WholeProject): Promise<void> {
  const work = (await database()).transaction(['projects', 'shots', 'models', 'starts'], 'readwrite');
  await Promise.all([
    work.objectStore('projects').put(project),
    ...shots.map((shot) => work.objectStore('shots').put(shot)),
    model && work.objectStore('models').put(model),
    start && work.objectStore('starts').put(start),
    work.done,
  ]);
  askToPersist();
}

export async function deleteWhole(id: string): Promise<void> {
  await forgetRun(id);
  const work = (await database()).transaction(['projects', 'shots', 'models', 'starts'], 'readwrite');
  const keys = await work.objectStore('shots').index('project').getAllKeys(id);
  await Promise.all([
    work.objectStore('projects').delete(id),
    ...keys.map((key) => work.objectStore('shots').delete(key)),
    work.objectStore('models').delete(id),
    work.objectStore('starts').delete(id),
    work.done,
  ]);
}
