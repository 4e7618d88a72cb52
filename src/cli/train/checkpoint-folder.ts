import { readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CheckpointError, decodeCheckpoint } from '../../train/checkpoint-file.ts';
import type { TrainingState } from '../../train/training-state.ts';
import { problemOf, syncFolder, writeError, writeSynced } from '../shared/write-file.ts';

const NAME = 'checkpoint.safetensors';
const PREVIOUS = 'checkpoint.previous.safetensors';
const WEIGHTS = 'weights.safetensors';

/** The checkpoints of a run: the newest, and the one before it in case the newest is damaged. */
export class CheckpointFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Writes the next checkpoint. At any time a complete checkpoint exists under one of the two names.
   * @throws Error with the file, the reason and how to continue; the previous checkpoint is kept
   */
  async write(bytes: Uint8Array): Promise<void> {
    const { folder } = this;
    const part = join(folder, 'checkpoint.tmp');
    try {
      await writeSynced(part, bytes);
      await rename(join(folder, NAME), join(folder, PREVIOUS)).catch(ignoreMissing);
      await rename(part, join(folder, NAME));
      await syncFolder(folder);
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      const way = (await exists(join(folder, NAME)))
        ? `The previous checkpoint is complete: make room, then run npx feathergrad train --resume ${folder}.`
        : 'Make room or choose another folder with --out.';
      throw writeError(join(folder, NAME), error, way);
    }
  }

  /** Removes the checkpoints after the run has ended. */
  async remove(): Promise<void> {
    for (const name of [NAME, PREVIOUS]) await rm(join(this.folder, name), { force: true });
  }
}

/** A checkpoint that was read, and its folder. */
export interface ReadCheckpoint {
  folder: string;
  state: TrainingState;
  about: Record<string, string>;
  /** a message if the newest checkpoint was missing and the previous one was read; else null */
  note: string | null;
}

/**
 * Reads the checkpoint in a run's folder, or a checkpoint file. If a crash left a folder without its newest checkpoint,
 * reads the previous one.
 * @throws Error with the file, the reason, and the previous checkpoint if there is one
 */
export async function readCheckpoint(path: string): Promise<ReadCheckpoint> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new Error(`--resume: ${path} does not exist. Pass the folder of a stopped run.`);
  const isFolder = found.isDirectory();
  const folder = resolve(isFolder ? path : dirname(path));
  let file = isFolder ? join(path, NAME) : path;
  let note: string | null = null;
  if (isFolder && !(await exists(file))) {
    if (!(await exists(join(path, PREVIOUS)))) throw new Error(await nothingIn(path));
    file = join(path, PREVIOUS);
    note = `${NAME} is missing, probably after a crash; resuming from the previous checkpoint, ${PREVIOUS}.`;
  }
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(`--resume: ${file} cannot be read: ${problemOf(error)}.`);
  });
  try {
    return { folder, note, ...decodeCheckpoint(bytes) };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new Error(`--resume: ${file} is ${error.message}${await before(folder, file)}`, { cause: error });
  }
}

/**
 * Returns the error for a folder without checkpoints. A run that has ended removes its checkpoints and keeps its
 * weights.
 */
async function nothingIn(folder: string): Promise<string> {
  if (!(await exists(join(folder, WEIGHTS)))) {
    return `--resume: ${folder} contains no checkpoint (${NAME}). Pass the folder of a stopped run.`;
  }
  return (
    `--resume: ${folder} contains no checkpoint: this run has ended (its weights are in ${WEIGHTS}). ` +
    `To continue training, start a new run with --init ${join(folder, WEIGHTS)}`
  );
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function before(folder: string, file: string): Promise<string> {
  const previous = join(folder, PREVIOUS);
  const isThere = resolve(file) !== previous && (await exists(previous));
  return isThere ? `\nThe previous checkpoint exists: --resume ${previous}` : '';
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
