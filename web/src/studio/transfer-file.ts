import { parseSetting } from 'feathergrad';
import { strFromU8, strToU8, unzip, zip } from 'fflate';
import { fileName } from '../lib/file-name.ts';
import { SETTING_LIST } from '../train/settings.ts';
import { PRESETS } from './plan.ts';
import { freeName, newId, newProject, type Project, type Shot } from './project.ts';
import type { WholeProject } from './storage.ts';

// A project as one file: a zip with project.json, the pictures in one folder per class, and the weights. The folders
// can also be chosen as a folder of pictures on Train and on the command line.

const VERSION = 1;
const ABOUT = 'project.json';
const MODEL = 'model.safetensors';
const START = 'start-weights';

interface SavedShot extends Omit<Shot, 'picture' | 'project'> {
  path: string;
}

interface Saved {
  feathergradProject: number;
  project: Project;
  shots: SavedShot[];
  startName: string | null;
}

/** Packs a project. */
export async function packProject({ project, shots, model, start }: WholeProject): Promise<Blob> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  const names = new Map(project.classes.map(({ id, name }) => [id, name]));
  const folders: string[] = [];
  const folderOf = new Map(
    [...names].map(([id, name]) => {
      const folder = freeName(fileName(name), folders);
      folders.push(folder);
      return [id, folder];
    }),
  );
  const saved: SavedShot[] = [];
  for (const [i, { picture, project: _, ...about }] of shots.entries()) {
    const path = `pictures/${folderOf.get(about.classId) ?? 'other'}/${String(i + 1).padStart(4, '0')}.jpg`;
    files[path] = new Uint8Array(await picture.arrayBuffer());
    saved.push({ ...about, path });
  }
  if (model) files[MODEL] = model.bytes;
  if (start) files[START] = start.bytes;
  const about: Saved = { feathergradProject: VERSION, project, shots: saved, startName: start?.name ?? null };
  files[ABOUT] = strToU8(JSON.stringify(about, null, 2)) as Uint8Array<ArrayBuffer>;
  const bytes = await new Promise<Uint8Array>((resolve, reject) => {
    // pictures and weights are not compressible
    zip(files, { level: 0 }, (error, data) => (error ? reject(error) : resolve(data)));
  });
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/zip' });
}

/**
 * Reads a packed project, under new ids and a name that is not taken.
 * @throws Error when the file is not a project, or is torn
 */
export async function unpackProject(file: Blob, taken: readonly string[]): Promise<WholeProject> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const files = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(bytes, (error, data) => (error ? reject(new Error(NOT_A_PROJECT)) : resolve(data)));
  });
  const about = readAbout(files[ABOUT]);
  const id = newId();
  const shots: Shot[] = about.shots.map(({ path, ...shot }) => {
    const picture = files[path];
    if (!picture) throw new Error(`The file is incomplete: the picture ${path} is missing.`);
    const copy = new Uint8Array(picture);
    return { ...shot, id: newId(), project: id, picture: new Blob([copy], { type: 'image/jpeg' }) };
  });
  const model = files[MODEL];
  const start = files[START];
  return {
    project: {
      ...about.project,
      id,
      name: freeName(about.project.name, taken),
      changed: Date.now(),
      result: about.project.result && model ? about.project.result : null,
    },
    shots,
    model: model && { project: id, bytes: new Uint8Array(model) },
    start: start && {
      project: id,
      name: about.startName ?? 'weights',
      bytes: new Uint8Array(start),
    },
  };
}

const NOT_A_PROJECT = 'This file is not a project of the studio. Choose a .zip that was exported here.';

function readAbout(bytes: Uint8Array | undefined): Saved {
  if (!bytes) throw new Error(NOT_A_PROJECT);
  let about: Partial<Saved> | null;
  try {
    about = JSON.parse(strFromU8(bytes));
  } catch {
    throw new Error(NOT_A_PROJECT);
  }
  const version = about?.feathergradProject;
  if (typeof version === 'number' && version > VERSION) {
    throw new Error('This project was exported by a newer version of the page. Open it there.');
  }
  const project = about && checkedProject(about.project);
  if (typeof version !== 'number' || !project || !Array.isArray(about?.shots)) throw new Error(NOT_A_PROJECT);
  const known = new Set(project.classes.map(({ id }) => id));
  const shots = about.shots.filter(({ classId, path }) => known.has(classId) && typeof path === 'string');
  return { feathergradProject: version, project, shots, startName: about.startName ?? null };
}

/** Returns a project with only what the page understands; null if the value is none. */
function checkedProject(value: unknown): Project | null {
  const given = value as Partial<Project> | null | undefined;
  if (typeof given?.name !== 'string' || !Array.isArray(given.classes)) return null;
  const classes = given.classes.filter(
    ({ id, name }) => typeof id === 'string' && typeof name === 'string' && name !== '',
  );
  const { preset, start, changes } = given.plan ?? {};
  const kept = Object.entries(changes ?? {}).flatMap(([name, setting]) => {
    const key = SETTING_LIST.find((one) => one === name);
    const parsed = key && parseSetting(key, String(setting));
    return parsed && 'value' in parsed ? [[name, parsed.value]] : [];
  });
  return {
    ...newProject(given.name.slice(0, 60)),
    created: Number(given.created) || Date.now(),
    subject: given.subject === 'faces' ? 'faces' : 'anything',
    classes,
    plan: {
      preset: PRESETS.find(([name]) => name === preset)?.[0] ?? 'quick',
      start: start === 'random' || start === 'file' ? start : 'shipped',
      changes: Object.fromEntries(kept),
    },
    result: given.result ?? null,
  };
}

/** Returns a copy of a project under new ids. */
export function copyOf(
  { project, shots, model, start }: WholeProject,
  taken: readonly string[],
): WholeProject {
  const id = newId();
  return {
    project: { ...project, id, name: freeName(`${project.name} copy`, taken), changed: Date.now() },
    shots: shots.map((shot) => ({ ...shot, id: newId(), project: id })),
    model: model && { ...model, project: id },
    start: start && { ...start, project: id },
  };
}
