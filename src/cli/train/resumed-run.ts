import { join, resolve } from 'node:path';
import { encodeWeights } from '../../formats/weights-file.ts';
import type { ImageClassifier } from '../../models/image-classifier.ts';
import { encodeCheckpoint } from '../../train/checkpoint-file.ts';
import type { SettledRecipe } from '../../train/recipe-defaults.ts';
import type { TrainingState } from '../../train/training-state.ts';
import { replaceFile } from '../shared/write-file.ts';
import { CheckpointFolder, readCheckpoint } from './checkpoint-folder.ts';
import type { History, TrainingLog } from './log.ts';
import type { TrainOptions } from './options.ts';

/** A stopped run. */
export interface Resumed {
  folder: string;
  state: TrainingState;
  options: TrainOptions;
  history: History;
  /** a note about the checkpoint */
  note: string | null;
}

/** Writes checkpoints, and the weights whenever they are the best so far. */
export function keepCheckpoints(
  model: ImageClassifier,
  log: TrainingLog,
  context: { folder: string; settings: SettledRecipe; options: TrainOptions; resume: Resumed | null },
): (state: TrainingState) => Promise<void> {
  const { folder, resume } = context;
  const checkpoints = new CheckpointFolder(folder);
  const { resume: _, out, json, force, tune, tuneSeconds, ...asked } = context.options;
  const options = JSON.stringify({
    ...asked,
    ...(asked.data && { data: resolve(asked.data) }),
    ...(asked.targets && { targets: resolve(asked.targets) }),
  });
  let written = resume?.state.best?.epoch ?? 0;
  return async (state) => {
    const { best } = state;
    if (best && best.epoch > written) {
      const about = aboutWeights(best.epoch, context);
      await replaceFile(join(folder, 'weights.safetensors'), encodeWeights(model, best.state, { about }));
      written = best.epoch;
    }
    const history = JSON.stringify(log.history);
    await checkpoints.write(encodeCheckpoint(state, { options, history }));
  };
}

/** Metadata of a run's weights. */
export function aboutWeights(
  epoch: number,
  { settings: { seed }, options: { recipe } }: { settings: SettledRecipe; options: TrainOptions },
): Record<string, string | number> {
  return {
    epoch,
    seed,
    ...(recipe && { recipe }),
  };
}

/** @throws Error for a file that is not a checkpoint of this command */
export async function readRun(path: string): Promise<Resumed> {
  const { folder, state, about, note } = await readCheckpoint(path);
  const found = parseAbout(about);
  if (!found) throw new Error(`--resume: the checkpoint in ${folder} was not written by feathergrad train.`);
  return { folder, state, note, ...found };
}

/** Returns the options and the history in a checkpoint's metadata; null if it is not from this command. */
function parseAbout(about: Record<string, string>): Pick<Resumed, 'options' | 'history'> | null {
  try {
    const options = JSON.parse(about.options ?? '') as TrainOptions;
    const history = JSON.parse(about.history ?? '') as History;
    return isRecord(options) && isRecord(options.typed) && isRecord(history) && Array.isArray(history.epochs)
      ? { options, history }
      : null;
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the options of the resumed run, overridden by those given with --resume. */
export function continueWith(old: TrainOptions, given: TrainOptions): TrainOptions {
  return { ...old, ...given, typed: { ...old.typed, ...given.typed } };
}
