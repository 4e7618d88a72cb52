import { messageOf } from '../lib/errors.ts';
import { fileName } from '../lib/file-name.ts';
import { save } from '../lib/save.ts';
import { offerUndo } from '../ui/undo.ts';
import { deleteWhole, putWhole, saveProject, wholeProject } from './storage.ts';
import {
  createProject,
  keep,
  openProject,
  problem,
  project,
  projects,
  refreshList,
  show,
  update,
} from './store.ts';
import { copyOf, packProject, unpackProject } from './transfer-file.ts';

// What can be done with whole projects.

const names = () => projects.peek().map(({ name }) => name);

/** Returns the date of today for a file's name. */
export const today = (): string => new Date().toISOString().slice(0, 10);

/** Renames a project. Names may occur twice, but not be empty. */
export async function renameProject(id: string, name: string): Promise<void> {
  const tidy = name.trim();
  if (tidy === '') return;
  if (id === project.peek().id) {
    await update({ name: tidy });
    return;
  }
  const found = projects.peek().find((one) => one.id === id);
  if (!found) return;
  await keep(() => saveProject({ ...found, name: tidy }));
  await refreshList();
}

export async function duplicateProject(id: string): Promise<void> {
  const whole = await wholeProject(id);
  if (!whole) return;
  const copy = copyOf(whole, names());
  await keep(() => putWhole(copy));
  await refreshList();
  await openProject(copy.project.id);
}

/** Deletes a project with everything in it. */
export async function deleteProject(id: string): Promise<void> {
  const whole = await wholeProject(id);
  if (!whole) return;
  await keep(() => deleteWhole(id));
  await refreshList();
  offerUndo(`Deleted the project “${whole.project.name}”`, async () => {
    await keep(() => putWhole(whole));
    await refreshList();
    await openProject(id);
  });
  if (project.peek().id !== id) return;
  const [next] = projects.peek();
  if (next) await openProject(next.id);
  else createProject();
}

export async function exportProject(id: string): Promise<void> {
  try {
    const whole = await wholeProject(id);
    if (!whole) throw new Error('The project is empty: add pictures first.');
    save(await packProject(whole), `${fileName(whole.project.name)}-${today()}.feathergrad.zip`);
  } catch (error) {
    problem.value = messageOf(error);
  }
}

/** Adds a project from a file and opens it. */
export async function importProject(file: File): Promise<void> {
  try {
    const whole = await unpackProject(file, names());
    if (await keep(() => putWhole(whole))) {
      await refreshList();
      await openProject(whole.project.id);
    } else show(whole.project, whole.shots, whole.model ?? null, whole.start ?? null);
  } catch (error) {
    problem.value = `${file.name}: ${messageOf(error)}`;
  }
}
