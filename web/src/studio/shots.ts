import { signal } from '@preact/signals';
import { messageOf } from '../lib/errors.ts';
import { offerUndo } from '../ui/undo.ts';
import { engine } from './engine.ts';
import { pictureOfVideo, readPictureFile, type StoredPicture, shotOf } from './picture.ts';
import { classNameProblem, newId, type ProjectClass, type Shot } from './project.ts';
import { deleteShots, saveShots } from './storage.ts';
import { keep, problem, project, shots, shotsByClass, update } from './store.ts';

// Changes of the open project's classes and pictures. Every deletion can be undone.

/** progress of reading files or of looking for faces; null if nothing is going on */
export const reading = signal<{ text: string; done: number; total: number } | null>(null);

/** Adds picture files to a class. Files that cannot be read are named. */
export async function addFiles(classId: string, files: readonly File[]): Promise<void> {
  const bad: string[] = [];
  const added: Shot[] = [];
  const about = { project: project.peek().id, classId };
  for (const [done, file] of files.entries()) {
    reading.value = { text: 'Reading pictures', done, total: files.length };
    try {
      added.push({ ...shotOf(await readPictureFile(file), { ...about, name: file.name }), at: Date.now() });
    } catch (error) {
      bad.push(messageOf(error));
    }
  }
  reading.value = null;
  problem.value = bad.length === 0 ? null : listed(bad);
  if (added.length > 0) await add(added);
}

const MOST_LISTED = 4;

function listed(reasons: readonly string[]): string {
  const shown = reasons.slice(0, MOST_LISTED);
  const more = reasons.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more files cannot be read.`] : [])].join('\n');
}

/** Adds the current frame of the camera. */
export async function addFrame(classId: string, video: HTMLVideoElement): Promise<void> {
  const taken: StoredPicture | null = await pictureOfVideo(video);
  if (!taken) return;
  await add([shotOf(taken, { project: project.peek().id, classId, name: 'webcam' })]);
}

async function add(added: readonly Shot[]): Promise<void> {
  shots.value = [...shots.peek(), ...added];
  await update({}); // stores a project that was empty until now
  await keep(() => saveShots(added));
  if (project.peek().subject === 'faces') await findFaces();
}

let isLooking = false;

/** Looks for the face in every picture that has not been searched. */
export async function findFaces(): Promise<void> {
  if (isLooking) return;
  isLooking = true;
  try {
    for (;;) {
      const left = shots.peek().filter(({ face }) => face === undefined);
      const [next] = left;
      if (!next || project.peek().subject !== 'faces') return;
      const total = shots.peek().length;
      reading.value = { text: 'Looking for faces', done: total - left.length, total };
      const face = await engine().findFace(next.picture);
      const found = { ...next, face };
      shots.value = shots.peek().map((shot) => (shot.id === next.id ? found : shot));
      if (shots.peek().includes(found)) await keep(() => saveShots([found]));
    }
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    isLooking = false;
    reading.value = null;
  }
}

/** Deletes pictures; with `undo` they return to their places. */
export async function removeShots(removed: readonly Shot[], text: string): Promise<void> {
  const ids = new Set(removed.map(({ id }) => id));
  shots.value = shots.peek().filter(({ id }) => !ids.has(id));
  offerUndo(text, () => restore(removed));
  await keep(() => deleteShots([...ids]));
}

async function restore(removed: readonly Shot[]): Promise<void> {
  const owner = removed[0]?.project;
  if (owner === project.peek().id) {
    shots.value = [...shots.peek(), ...removed].sort((a, b) => a.at - b.at);
  }
  await keep(() => saveShots(removed));
}

/** Adds a class with the next free number. */
export async function addClass(): Promise<void> {
  const { classes } = project.peek();
  let number = classes.length + 1;
  while (classNameProblem(`Class ${number}`, classes)) number++;
  await update({ classes: [...classes, { id: newId(), name: `Class ${number}` }] });
}

/** Adds a class for pictures that show none of the others. */
export async function addBackground(): Promise<void> {
  const { classes } = project.peek();
  const names = ['Nothing', 'Background', 'Empty'];
  const name = names.find((one) => !classNameProblem(one, classes)) ?? 'Nothing of these';
  await update({ classes: [...classes, { id: newId(), name, isBackground: true }] });
}

/** A class that nobody has named or filled. */
const isUntouched = ({ id, name }: ProjectClass): boolean =>
  /^Class \d+$/.test(name) && (shotsByClass.peek().get(id)?.length ?? 0) === 0;

/** Adds a folder of pictures: each of its subfolders is a class, which is made if there is none of that name. */
export async function addFolder(files: readonly { path: string; file: File }[]): Promise<void> {
  const groups = new Map<string, File[]>();
  for (const { path, file } of files) {
    const folder = path.split('/').at(-2);
    if (!folder || file.name.startsWith('.')) continue;
    groups.set(folder, [...(groups.get(folder) ?? []), file]);
  }
  if (groups.size === 0) {
    problem.value =
      'This folder has no subfolders with pictures. Choose a folder with one subfolder per class.';
    return;
  }
  const before = project.peek().classes;
  const known = before.filter((one) => !isUntouched(one));
  const classes = [...known];
  const target = new Map<string, string>();
  const inOrder = [...groups].sort(([a], [b]) => a.localeCompare(b));
  for (const [folder] of inOrder) {
    const name = folder.trim().slice(0, 40);
    const found = classes.find((one) => one.name.toLowerCase() === name.toLowerCase());
    const made = found ?? { id: newId(), name };
    if (!found) classes.push(made);
    target.set(folder, made.id);
  }
  await update({ classes });
  const problems: string[] = [];
  for (const [folder, list] of inOrder) {
    await addFiles(target.get(folder) as string, list);
    if (problem.peek() !== null) problems.push(problem.peek() as string);
  }
  problem.value = problems.length === 0 ? null : listed(problems);
}

/** Renames a class. Returns the reason if the name cannot be used. */
export async function renameClass(id: string, name: string): Promise<string | null> {
  const { classes } = project.peek();
  const wrong = classNameProblem(name, classes, id);
  if (wrong) return wrong;
  await update({ classes: classes.map((one) => (one.id === id ? { ...one, name: name.trim() } : one)) });
  return null;
}

/** Deletes a class with its pictures. */
export async function removeClass(id: string): Promise<void> {
  const { id: owner, classes } = project.peek();
  const at = classes.findIndex((one) => one.id === id);
  const gone = classes[at];
  if (!gone) return;
  const removed = shotsByClass.peek().get(id) ?? [];
  shots.value = shots.peek().filter(({ classId }) => classId !== id);
  const count = removed.length === 1 ? '1 picture' : `${removed.length} pictures`;
  offerUndo(`Deleted “${gone.name}” with ${count}`, async () => {
    if (project.peek().id === owner) {
      const now = project.peek().classes;
      await update({ classes: [...now.slice(0, at), gone, ...now.slice(at)] });
    }
    await restore(removed);
  });
  await update({ classes: classes.filter((one) => one.id !== id) });
  await keep(() => deleteShots(removed.map((shot) => shot.id)));
}
