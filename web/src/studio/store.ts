import { computed, signal } from '@preact/signals';
import { messageOf } from '../lib/errors.ts';
import { engine } from './engine.ts';
import { findInterrupted } from './interrupted.ts';
import { freeName, newProject, type Project, type Shot, type TrainedModel } from './project.ts';
import { clearRun, isBusy, noGpu } from './run.ts';
import { listProjects, modelOf, type StartFile, saveProject, shotsOf, startFileOf } from './storage.ts';

// The open project and the list of all projects.

const LAST_KEY = 'feathergrad-studio-project';

export const projects = signal<readonly Project[]>([]);
export const project = signal<Project>(newProject('My project'));
export const shots = signal<readonly Shot[]>([]);
export const trained = signal<TrainedModel | null>(null);
export const startFile = signal<StartFile | null>(null);
export const problem = signal<string | null>(null);
/** changes when other weights are used for recognition */
export const modelVersion = signal(0);
/** whether the open project has been read */
export const isOpen = signal(false);

/** the pictures that can be used: with faces, those with a face */
export const usable = computed(() =>
  shots.value.filter(
    ({ face }) => project.value.subject === 'anything' || (face !== null && face !== undefined),
  ),
);
export const shotsByClass = computed(() => {
  const lists = new Map<string, Shot[]>(project.value.classes.map(({ id }) => [id, []]));
  for (const shot of shots.value) lists.get(shot.classId)?.push(shot);
  return lists;
});

/** Runs a write to the storage; a failure is shown. */
export async function keep(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    problem.value =
      `This browser cannot store the project (${messageOf(error)}). It lasts until the page is closed: export it, or ` +
      'free some space.';
    return false;
  }
}

/** Reads the list of projects and opens the one that was open last. */
export async function openStudio(): Promise<void> {
  if (isOpen.peek()) return;
  try {
    await refreshList();
  } catch {
    // storage is disabled: the project lasts until the page is closed
  }
  const wanted = lastId();
  const known = projects.peek();
  const found = known.find(({ id }) => id === wanted) ?? known[0];
  if (found) await openProject(found.id);
  isOpen.value = true;
}

export async function refreshList(): Promise<void> {
  projects.value = await listProjects();
}

/** Opens a project with its pictures and weights. */
export async function openProject(id: string): Promise<void> {
  if (isBusy.peek()) {
    problem.value = 'A project is being trained. Stop the training first.';
    return;
  }
  try {
    const found = (await listProjects()).find((one) => one.id === id);
    if (!found) throw new Error('The project does not exist anymore.');
    const [pictures, model, start] = await Promise.all([shotsOf(id), modelOf(id), startFileOf(id)]);
    show(found, pictures, model ?? null, start ?? null);
  } catch (error) {
    problem.value = messageOf(error);
  }
}

/** Shows a project, which need not be stored yet. */
export function show(
  next: Project,
  pictures: readonly Shot[] = [],
  model: TrainedModel | null = null,
  start: StartFile | null = null,
): void {
  clearRun();
  problem.value = null;
  project.value = next;
  shots.value = pictures;
  trained.value = model;
  startFile.value = start;
  rememberLast(next.id);
  void useTrained();
  void findInterrupted(next.id);
}

/** Recognizes with the weights of the open project. */
export async function useTrained(): Promise<void> {
  try {
    await engine().load(trained.peek()?.bytes ?? null);
    modelVersion.value++;
  } catch (error) {
    if (noGpu.peek() === null) problem.value = messageOf(error);
  }
}

/** Opens a new, empty project. */
export function createProject(
  name = 'My project',
  ...rest: Parameters<typeof newProject> extends [string, ...infer Rest] ? Rest : never
): Project {
  const taken = projects.peek().map((one) => one.name);
  const made = newProject(freeName(name, taken), ...rest);
  show(made);
  return made;
}

/** Changes the open project and stores it. */
export async function update(change: Partial<Project>): Promise<void> {
  const next = { ...project.peek(), ...change, changed: Date.now() };
  project.value = next;
  projects.value = [next, ...projects.peek().filter(({ id }) => id !== next.id)];
  await keep(() => saveProject(next));
}

function rememberLast(id: string): void {
  try {
    localStorage.setItem(LAST_KEY, id);
  } catch {
    // without storage the latest project is opened
  }
}

function lastId(): string | null {
  try {
    return localStorage.getItem(LAST_KEY);
  } catch {
    return null;
  }
}
