import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchSource } from '../data/batch-source.ts';
import { DataError } from '../data/data-error.ts';
import { DrawnFaceSource } from '../data/drawn-face-source.ts';
import { isHidden } from '../data/folder-rules.ts';
import type { LabelledPictures, ReadProgress, SkippedPicture } from '../data/picture.ts';
import { PictureSource } from '../data/picture-source.ts';
import { readPictureFolder } from '../node/picture-folder.ts';
import { DEFAULTS, type TrainOptions } from './train-settings.ts';

export interface TrainingData {
  train: BatchSource;
  valid: BatchSource | null;
  /** both in words */
  description: { pictures: string; validation: string };
  skipped: SkippedPicture[];
}

export interface ReadingOptions {
  signal: AbortSignal;
  onProgress: (progress: ReadProgress) => void;
}

/** A folder's sub-folders that are parts of a data set and no classes. */
const TRAIN = 'train';
const VALID = ['valid', 'val', 'validation', 'test'];

/** What the options ask to train on: drawn faces, or a folder of pictures. */
export async function loadTrainingData(options: TrainOptions, how: ReadingOptions): Promise<TrainingData> {
  const data = options.data === undefined ? drawnFaces(options) : await folder(options.data, options, how);
  const { length } = data.train;
  if (length < options.batch) {
    throw new DataError(
      `${length} training pictures do not fill one batch of ${options.batch}; give --batch ${Math.max(2, length)} or less`,
    );
  }
  return data;
}

function drawnFaces(options: TrainOptions): TrainingData {
  const { seed, pictures = DEFAULTS.drawn.pictures, valid: share = DEFAULTS.drawn.valid } = options;
  const count = Math.round(share * pictures);
  return {
    train: new DrawnFaceSource({ seed, length: pictures }),
    // a set of its own: its people are not those of the training set
    valid: count > 0 ? new DrawnFaceSource({ seed: (seed ^ 0x5eed5eed) >>> 0, length: count }) : null,
    description: {
      pictures: `drawn faces, ${number(pictures)} new ones an epoch`,
      validation: count > 0 ? `${number(count)} drawn faces of other people` : 'none',
    },
    skipped: [],
  };
}

async function folder(dir: string, options: TrainOptions, how: ReadingOptions): Promise<TrainingData> {
  const parts = await partsOf(dir);
  if (parts?.valid) return partedFolder(dir, parts.valid, options, how);
  const read = await readPictureFolder(parts ? join(dir, TRAIN) : dir, how);
  const share = options.valid ?? DEFAULTS.folder.valid;
  const all = new PictureSource(read);
  const description = `${dir}: ${inWords(read)}`;
  const { skipped } = read;
  if (share === 0) {
    return { train: all, valid: null, description: { pictures: description, validation: 'none' }, skipped };
  }
  if (all.length === all.classNames.length) {
    throw new DataError(
      `${dir} has one picture a class, so none can be set apart for validation; add pictures or give --valid 0`,
    );
  }
  const [train, valid] = all.split(share, options.seed);
  const validation = `${number(valid.length)} of them, drawn on the seed`;
  return { train, valid, description: { pictures: description, validation }, skipped };
}

async function partedFolder(
  dir: string,
  part: string,
  options: TrainOptions,
  how: ReadingOptions,
): Promise<TrainingData> {
  if (options.valid !== undefined) {
    throw new DataError(
      `${dir} has a validation part of its own, ${part}/; leave out --valid, or give --data ${join(dir, TRAIN)}`,
    );
  }
  const train = await readPictureFolder(join(dir, TRAIN), how);
  const valid = withClasses(await readPictureFolder(join(dir, part), how), train.classNames, join(dir, part));
  const named = (name: string, list: SkippedPicture[]) =>
    list.map((skipped) => ({ ...skipped, name: `${name}/${skipped.name}` }));
  return {
    train: new PictureSource(train),
    valid: new PictureSource(valid),
    description: {
      pictures: `${join(dir, TRAIN)}: ${inWords(train)}`,
      validation: `${join(dir, part)}: ${number(valid.pictures.length)} pictures`,
    },
    skipped: [...named(TRAIN, train.skipped), ...named(part, valid.skipped)],
  };
}

/** The folder's parts, when all its sub-folders are parts and not classes. */
async function partsOf(dir: string): Promise<{ valid: string | null } | null> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  const names = folders.map(({ name }) => name).filter((name) => !isHidden(name));
  if (!names.includes(TRAIN) || names.some((name) => name !== TRAIN && !VALID.includes(name))) return null;
  return { valid: VALID.find((name) => names.includes(name)) ?? null };
}

/** The labels as positions in the training part's classes, of which validation may lack some. */
function withClasses(data: LabelledPictures, classNames: string[], where: string): LabelledPictures {
  const positions = data.classNames.map((name) => classNames.indexOf(name));
  const unknown = data.classNames.filter((_, i) => positions[i] === -1);
  if (unknown.length > 0) {
    throw new DataError(
      `${where} has the class ${unknown.map((name) => `"${name}"`).join(', ')}, which the training part has not ` +
        `(${classNames.join(', ')}); both parts must name their folders alike`,
    );
  }
  return { ...data, classNames, labels: data.labels.map((label) => positions[label] as number) };
}

function inWords({ pictures, classNames }: LabelledPictures): string {
  return `${number(pictures.length)} pictures of ${classNames.length} classes`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
