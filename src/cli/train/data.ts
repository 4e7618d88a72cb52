import type { BatchSource } from '../../data/batch-source.ts';
import { DataError } from '../../data/data-error.ts';
import { DrawnFaceSource } from '../../data/drawn-face-source.ts';
import type { ReadProgress, SkippedPicture } from '../../data/picture.ts';
import { PictureSource } from '../../data/picture-source.ts';
import { PictureStream } from '../../data/picture-stream.ts';
import { type SoftTargets, withSoftTargets } from '../../data/soft-targets.ts';
import type { DataPart, DataSet, LoadedPart } from '../../node/data-set.ts';
import { openDataSet } from '../../node/open-data-set.ts';
import { readSoftTargets } from '../../node/soft-targets-file.ts';
import { number } from '../../text/format.ts';
import { holdOut } from '../../train/plan.ts';
import { withDefaults } from '../../train/recipe-defaults.ts';
import { RECIPES } from '../../train/recipes.ts';
import { recipeOf, TARGETS_WEIGHT, type TrainOptions } from './options.ts';

export interface TrainingData {
  train: BatchSource;
  valid: BatchSource | null;
  /** both in words */
  description: { images: string; validation: string };
  skipped: SkippedPicture[];
  /** fingerprint of the files on disk; null for drawn faces */
  layout: DataSet['layout'] | null;
}

export interface ReadingOptions {
  signal: AbortSignal;
  onProgress: (progress: ReadProgress) => void;
}

/** Loads the images that the options name: drawn faces, or a data set in any layout that `openDataSet` supports. */
export async function loadTrainingData(
  options: TrainOptions,
  reading: ReadingOptions,
): Promise<TrainingData> {
  if (options.data === undefined) return drawnFaces(options);
  // read first, because it is faster than the images
  const targets = options.targets === undefined ? null : await readSoftTargets(options.targets);
  const data = await images(options.data, options, reading);
  if (options.subset !== undefined) takeSubset(data, options.subset, seedOf(options));
  if (targets) blend(data, targets, options.targetsWeight ?? TARGETS_WEIGHT);
  return data;
}

/** Blends the labels of the training images with soft targets. */
function blend(data: TrainingData, targets: SoftTargets, weight: number): void {
  const { train, description } = data;
  if (!(train instanceof PictureSource || train instanceof PictureStream)) return;
  data.train = withSoftTargets(train, targets, weight);
  const unused = targets.rows.size - train.length;
  if (unused > 0) description.images += `; ${number(unused)} rows of ${targets.where} are of other images`;
}

const seedOf = (options: TrainOptions): number => withDefaults(recipeOf(options), false).seed;

/** Keeps `count` training images, stratified by class; the validation images do not change. */
function takeSubset(data: TrainingData, count: number, seed: number): void {
  const { train, description } = data;
  if (!(train instanceof PictureSource || train instanceof PictureStream)) return;
  if (count > train.length) {
    throw new DataError(
      `--subset ${count} is more than the ${number(train.length)} training images. Use a smaller number, or omit --subset.`,
    );
  }
  data.train = train.split(count / train.length, seed)[1];
  description.images += `; a random ${number(data.train.length)} of these, chosen by the seed`;
}

function drawnFaces(options: TrainOptions): TrainingData {
  const recipe = recipeOf(options);
  const { pictures, seed } = withDefaults(recipe, true);
  const { train, valid } = holdOut(new DrawnFaceSource({ seed, length: pictures }), recipe);
  return {
    train,
    valid,
    description: {
      images: `drawn faces, ${number(pictures)} new ones per epoch`,
      validation: valid ? `${number(valid.length)} drawn faces of other people` : 'none',
    },
    skipped: [],
    layout: null,
  };
}

async function images(path: string, options: TrainOptions, reading: ReadingOptions): Promise<TrainingData> {
  const { stream, recipe, typed } = options;
  const { labels } = typed;
  const votes = (recipe && RECIPES[recipe].labels) ?? 'majority';
  const opened = [await openDataSet(path, { ...(labels && { labels }), defaultLabels: votes })];
  const loaded: LoadedPart[] = [];
  const load = async (part: DataPart): Promise<LoadedPart> => {
    const read = await part.load({ ...reading, ...(stream && { stream }) });
    loaded.push(read);
    return read;
  };
  try {
    const set = opened[0]!;
    const part = set.parts.find(({ name }) => name === 'train') ?? set.parts[0]!;
    if (!validationPart(set)) return { ...split(await load(part), options), layout: set.layout };
    // A vote distribution has no single true class; accuracy uses the labels that evaluation uses.
    const isSoft = set.layout.startsWith('FER+') && (labels ?? votes) === 'distribution';
    if (isSoft) opened.push(await openDataSet(path, { labels: 'majority' }));
    const validPart = validationPart(opened.at(-1)!)!;
    if (typed.validationSplit !== undefined) {
      throw new DataError(
        `${path} has its own validation part, ${validPart.where}. Omit --validation-split, or pass only the training part.`,
      );
    }
    const train = await load(part);
    const valid = await load(validPart);
    return {
      train: train.source,
      valid: valid.source,
      description: { images: train.description, validation: valid.description },
      skipped: [...named(part, train.skipped), ...named(validPart, valid.skipped)],
      layout: set.layout,
    };
  } finally {
    // Streamed images are read from the archive until the end of the run.
    if (!loaded.some(({ source }) => source instanceof PictureStream)) {
      for (const set of opened) await set.close();
    }
  }
}

/** Training never uses the test part, also for data sets that are published without a validation part. */
function validationPart(set: DataSet): DataPart | undefined {
  if (set.parts.length === 1) return undefined;
  const names = set.layout === 'class folders' ? ['valid', 'test'] : ['valid'];
  return names.map((name) => set.parts.find((part) => part.name === name)).find(Boolean);
}

function split(
  { source, skipped, description }: LoadedPart,
  options: TrainOptions,
): Omit<TrainingData, 'layout'> {
  const { train, valid } = holdOut(source, recipeOf(options));
  return {
    train,
    valid,
    description: {
      images: description,
      validation: valid ? `a random ${number(valid.length)} of them, chosen by the seed` : 'none',
    },
    skipped,
  };
}

function named({ name }: DataPart, list: readonly SkippedPicture[]): SkippedPicture[] {
  return list.map((skipped) => ({ ...skipped, name: `${name}/${skipped.name}` }));
}
