import { readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CheckpointError, decodeCheckpoint } from '../../train/checkpoint-file.ts';
import type { TrainingState } from '../../train/training-state.ts';
import { problemOf, syncFolder, writeError, writeSynced } from '../shared/write-file.ts';

const NAME = 'checkpoint.safetensors';
const PREVIOUS = 'checkpoint.previous.safetensors';
const WEIGHTS = 'weights.safetensors';

/** The checkpoints of a run: the newest, and the one before it in case that the newest is damaged. */
export class CheckpointFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Writes the next checkpoint. At any moment a complete one exists under one of the two names.
   * @throws Error that names the file, the reason and the way on; the checkpoint before stays
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
        ? `The checkpoint before it is complete: make room, then npx feathergrad train --resume ${folder}.`
        : 'Make room or choose another folder by --out.';
      throw writeError(join(folder, NAME), error, way);
    }
  }

  /** Removes them, once the run has ended. */
  async remove(): Promise<void> {
    for (const name of [NAME, PREVIOUS]) await rm(join(this.folder, name), { force: true });
  }
}

/** A checkpoint that was read, and from where. */
export interface ReadCheckpoint {
  folder: string;
  state: TrainingState;
  about: Record<string, string>;
  /** that the newest was missing and the one before it was read; else null */
  note: string | null;
}

/**
 * Reads the checkpoint of a run's folder, or a checkpoint file. Of a folder that lost its newest checkpoint to a crash
 * it reads the one before.
 * @throws Error that names the file, the reason, and the checkpoint before it if there is one
 */
export async function readCheckpoint(path: string): Promise<ReadCheckpoint> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new Error(`--resume: ${path} does not exist. Name the folder of a stopped run.`);
  const isFolder = found.isDirectory();
  const folder = resolve(isFolder ? path : dirname(path));
  let file = isFolder ? join(path, NAME) : path;
  let note: string | null = null;
  if (isFolder && !(await exists(file))) {
    if (!(await exists(join(path, PREVIOUS)))) throw new Error(await nothingIn(path));
    file = join(path, PREVIOUS);
    note = `${NAME} is missing, probably after a crash; resuming from the checkpoint before it, ${PREVIOUS}.`;
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

/** What is wrong with a folder without checkpoints. A run that has ended removed its own; its weights stay. */
async function nothingIn(folder: string): Promise<string> {
  if (!(await exists(join(folder, WEIGHTS)))) {
    return `--resume: ${folder} holds no checkpoint (${NAME}). Name the folder of a stopped run.`;
  }
  return (
    `--resume: ${folder} holds no checkpoint: this run has ended (its weights are in ${WEIGHTS}). ` +
    `To train further, start a new run with --init ${join(folder, WEIGHTS)}`
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
  return isThere ? `\nThe checkpoint before it exists: --resume ${previous}` : '';
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
