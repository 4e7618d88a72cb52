import type { Recipe } from 'feathergrad';
import type { CropWindow } from '../lib/crop.ts';
import type { EpochPoint } from '../train/messages.ts';
import type { PresetName } from './plan.ts';

/** What the pictures show. With faces, the face detector crops every picture; otherwise the central square is used. */
export type Subject = 'faces' | 'anything';

export interface ProjectClass {
  id: string;
  name: string;
  /** whether its pictures show the empty scene */
  isBackground?: boolean;
}

/** Where the weights come from before training. */
export type StartFrom = 'shipped' | 'random' | 'file';

/** How a project is trained: a preset, and the settings that differ from it. */
export interface PlanChoice {
  preset: PresetName;
  start: StartFrom;
  changes: Partial<Recipe>;
}

/** The outcome of the latest training. */
export interface Result {
  /** validation accuracy of the kept weights; null without validation */
  accuracy: number | null;
  /** number of validation pictures */
  validated: number;
  at: number;
  /** duration of training in seconds; null if it is unknown */
  seconds: number | null;
  steps: number;
  /** name of the network, such as `fer_mobilenetv3` */
  network: string;
  classNames: string[];
  subject: Subject;
  /** hash of the training pictures, to notice later changes */
  pictures: string;
  curves: Curves;
  /** probability from which an answer names a class; older results have none */
  sure?: number;
}

/** The data of a run's chart. */
export interface Curves {
  steps: { step: number; loss: number; accuracy: number }[];
  epochs: Pick<EpochPoint, 'step' | 'validLoss' | 'validAccuracy'>[];
  /** the first step of each stage after the first */
  marks: number[];
}

export interface Project {
  id: string;
  name: string;
  created: number;
  changed: number;
  subject: Subject;
  classes: ProjectClass[];
  plan: PlanChoice;
  result: Result | null;
}

/** A training picture. The original is kept, so that the crop can change with the subject. */
export interface Shot {
  id: string;
  project: string;
  classId: string;
  /** name of the file, or how it was taken */
  name: string;
  picture: Blob;
  width: number;
  height: number;
  /** time of adding, in milliseconds since 1970; orders the pictures of a class */
  at: number;
  /** the face's crop; null if no face was found, undefined if nobody has looked */
  face?: CropWindow | null;
}

/** The trained weights of a project, as a safetensors file. */
export interface TrainedModel {
  project: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const FIRST_CLASSES = ['Class 1', 'Class 2', 'Class 3'];

export const newId = (): string => crypto.randomUUID();

/** Returns an empty project. */
export function newProject(
  name: string,
  classNames: readonly string[] = FIRST_CLASSES,
  subject: Subject = 'anything',
): Project {
  const now = Date.now();
  return {
    id: newId(),
    name,
    created: now,
    changed: now,
    subject,
    classes: classNames.map((one) => ({ id: newId(), name: one })),
    plan: { preset: 'quick', start: 'shipped', changes: {} },
    result: null,
  };
}

/** Returns a name that is not taken: `name`, `name 2`, `name 3`, ... */
export function freeName(name: string, taken: readonly string[]): string {
  const used = new Set(taken.map((one) => one.toLowerCase()));
  for (let i = 1; ; i++) {
    const tried = i === 1 ? name : `${name} ${i}`;
    if (!used.has(tried.toLowerCase())) return tried;
  }
}

/** Whether one of the classes is the answer for pictures that show none of the others. */
export const hasBackground = (classes: readonly ProjectClass[]): boolean =>
  classes.some(({ name, isBackground }) => isBackground || /^(nothing|none|background|empty)\b/i.test(name));

/** Returns the reason why a class cannot have this name, or null. */
export function classNameProblem(
  name: string,
  classes: readonly ProjectClass[],
  own?: string,
): string | null {
  const tidy = name.trim();
  if (tidy === '') return 'Enter a name for the class.';
  const twin = classes.find((one) => one.id !== own && one.name.toLowerCase() === tidy.toLowerCase());
  return twin ? `A class called “${twin.name}” already exists.` : null;
}

/** Returns a text that changes with the pictures, their classes and the subject. */
export function fingerprintOf(project: Project, shots: readonly Shot[]): string {
  const ids = shots.map(({ at, classId, picture }) => `${at}/${classId}/${picture.size}`).sort();
  const names = project.classes.map(({ id, name }) => `${id}=${name}`);
  let hash = 2166136261;
  for (const char of [project.subject, ...names, ...ids].join('|')) {
    hash = Math.imul(hash ^ (char.codePointAt(0) as number), 16777619) >>> 0;
  }
  return `${ids.length}-${hash.toString(16)}`;
}
