import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CheckpointError, decodeCheckpoint } from '../../train/checkpoint-file.ts';
import type { TrainingState } from '../../train/training-state.ts';
import { writeSynced } from '../shared/replace-file.ts';

const NAME = 'checkpoint.safetensors';
const PREVIOUS = 'checkpoint.previous.safetensors';
const WEIGHTS = 'weights.safetensors';

/** The checkpoints of a run: the newest, and the one before it in case that the newest is damaged. */
export class CheckpointFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Writes the next one; whatever happens meanwhile, one that is whole is there under one of the two names. */
  async write(bytes: Uint8Array): Promise<void> {
    await writeSynced(join(this.folder, 'checkpoint.tmp'), bytes);
    await rename(join(this.folder, NAME), join(this.folder, PREVIOUS)).catch(ignoreMissing);
    await rename(join(this.folder, 'checkpoint.tmp'), join(this.folder, NAME));
  }

  /** Takes them away, once the run has come to its end. */
  async remove(): Promise<void> {
    for (const name of [NAME, PREVIOUS]) await rm(join(this.folder, name), { force: true });
  }
}

/**
 * Reads the checkpoint of a run's folder, or a checkpoint file.
 * @throws Error that names the file, says what is wrong with it, and where the one before it is
 */
export async function readCheckpoint(
  path: string,
): Promise<{ folder: string; state: TrainingState; about: Record<string, string> }> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const file = isFolder ? join(path, NAME) : path;
  const folder = resolve(isFolder ? path : dirname(path));
  const bytes = await readFile(file).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && isFolder && (await hasEnded(path))) {
      throw new Error(
        `--resume: ${path} holds no checkpoint: this run came to its end (its weights are in ${WEIGHTS}); ` +
          `to train further begin a new run with --init ${join(path, WEIGHTS)}`,
      );
    }
    const reason = error.code === 'ENOENT' ? 'there is no such file' : error.message;
    throw new Error(`--resume: ${file}: ${reason}${await before(folder, file)}`);
  });
  try {
    return { folder, ...decodeCheckpoint(bytes) };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new Error(`--resume: ${file} is ${error.message}${await before(folder, file)}`, { cause: error });
  }
}

/** A run's last act is to take its checkpoints away; the weights stay. */
async function hasEnded(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return names.includes(WEIGHTS) && !names.some((name) => name.startsWith('checkpoint.'));
}

async function before(folder: string, file: string): Promise<string> {
  const previous = join(folder, PREVIOUS);
  const isThere = resolve(file) !== previous && (await stat(previous).catch(() => null)) !== null;
  return isThere ? `\nThe one before it is there: --resume ${previous}` : '';
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
