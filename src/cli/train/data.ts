import type { BatchSource } from '../../data/batch-source.ts';
import { DataError } from '../../data/data-error.ts';
import { DrawnFaceSource } from '../../data/drawn-face-source.ts';
import type { ReadProgress, SkippedPicture } from '../../data/picture.ts';
import { PictureSource } from '../../data/picture-source.ts';
import { PictureStream } from '../../data/picture-stream.ts';
import type { DataPart, DataSet, LoadedPart } from '../../node/data-set.ts';
import { openDataSet } from '../../node/open-data-set.ts';
import { number } from '../../text/format.ts';
import { DEFAULTS, type TrainOptions } from './settings.ts';

export interface TrainingData {
  train: BatchSource;
  valid: BatchSource | null;
  /** both in words */
  description: { pictures: string; validation: string };
  skipped: SkippedPicture[];
  /** of the files on disk; null for drawn faces */
  layout: DataSet['layout'] | null;
}

export interface ReadingOptions {
  signal: AbortSignal;
  onProgress: (progress: ReadProgress) => void;
}

/** What the options ask to train on: drawn faces, or a data set in any layout that `openDataSet` knows. */
export async function loadTrainingData(options: TrainOptions, how: ReadingOptions): Promise<TrainingData> {
  const data = options.data === undefined ? drawnFaces(options) : await pictures(options.data, options, how);
  if (options.subset !== undefined) takeSubset(data, options.subset, options.seed);
  const { length } = data.train;
  if (length < options.batch) {
    throw new DataError(
      `${length} training pictures do not fill one batch of ${options.batch}; give --batch ${Math.max(2, length)} or less`,
    );
  }
  return data;
}

/** Leaves so many of the training pictures, of each class its share; validation stays as it is. */
function takeSubset(data: TrainingData, count: number, seed: number): void {
  const { train, description } = data;
  if (!(train instanceof PictureSource || train instanceof PictureStream)) return;
  if (count > train.length) {
    throw new DataError(`--subset ${count}: there are ${number(train.length)} training pictures`);
  }
  data.train = train.split(count / train.length, seed)[1];
  description.pictures += `; of these ${number(data.train.length)}, drawn on the seed`;
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
    layout: null,
  };
}

async function pictures(path: string, options: TrainOptions, how: ReadingOptions): Promise<TrainingData> {
  const { labels, votes = 'majority', stream } = options;
  const opened = [await openDataSet(path, { ...(labels && { labels }), defaultLabels: votes })];
  const loaded: LoadedPart[] = [];
  const load = async (part: DataPart): Promise<LoadedPart> => {
    const read = await part.load({ ...how, ...(stream && { stream }) });
    loaded.push(read);
    return read;
  };
  try {
    const set = opened[0]!;
    const part = set.parts.find(({ name }) => name === 'train') ?? set.parts[0]!;
    if (!validationPart(set)) return { ...split(path, await load(part), options), layout: set.layout };
    // A distribution has no right answer; accuracy is counted as evaluation counts it.
    const isSoft = set.layout.startsWith('FER+') && (labels ?? votes) === 'distribution';
    if (isSoft) opened.push(await openDataSet(path, { labels: 'majority' }));
    const validPart = validationPart(opened.at(-1)!)!;
    if (options.valid !== undefined) {
      throw new DataError(
        `${path} has a validation part of its own, ${validPart.where}; leave out --valid, or give the training part alone`,
      );
    }
    const train = await load(part);
    const valid = await load(validPart);
    return {
      train: train.source,
      valid: valid.source,
      description: { pictures: train.description, validation: valid.description },
      skipped: [...named(part, train.skipped), ...named(validPart, valid.skipped)],
      layout: set.layout,
    };
  } finally {
    // What is streamed is read from its archive until the end.
    if (!loaded.some(({ source }) => source instanceof PictureStream)) {
      for (const set of opened) await set.close();
    }
  }
}

/** Of the sets that are published without a validation part, the test part is not looked at in training. */
function validationPart(set: DataSet): DataPart | undefined {
  if (set.parts.length === 1) return undefined;
  const names = set.layout === 'class folders' ? ['valid', 'test'] : ['valid'];
  return names.map((name) => set.parts.find((part) => part.name === name)).find(Boolean);
}

function split(
  path: string,
  { source, skipped, description }: LoadedPart,
  options: TrainOptions,
): Omit<TrainingData, 'layout'> {
  const share = options.valid ?? DEFAULTS.folder.valid;
  if (share === 0) {
    return {
      train: source,
      valid: null,
      description: { pictures: description, validation: 'none' },
      skipped,
    };
  }
  if (source.length === source.classNames.length) {
    throw new DataError(
      `${path} has one picture a class, so none can be set apart for validation; add pictures or give --valid 0`,
    );
  }
  const [train, valid] = source.split(share, options.seed);
  const validation = `${number(valid.length)} of them, drawn on the seed`;
  return { train, valid, description: { pictures: description, validation }, skipped };
}

function named({ name }: DataPart, list: readonly SkippedPicture[]): SkippedPicture[] {
  return list.map((skipped) => ({ ...skipped, name: `${name}/${skipped.name}` }));
}
