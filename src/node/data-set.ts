import type { SkippedPicture } from '../data/picture.ts';
import type { PictureSource } from '../data/picture-source.ts';
import type { PictureStream } from '../data/picture-stream.ts';

/** Name of a part; `all` if the data set is not split. */
export type PartName = 'train' | 'valid' | 'test' | 'all';

/** A data set that was found. Names and labels are known; no image has been read. */
export interface DataSet {
  layout: 'FER+' | "FER+ (Kaggle's csv)" | 'RAF-DB' | 'class folders';
  /** description of the data set and its place, for messages */
  description: string;
  classNames: readonly string[];
  /** at least one part, in the order train, valid, test */
  parts: readonly DataPart[];
  /** Closes archives. Images that are streamed from an archive cannot be read afterwards. */
  close(): Promise<void>;
}

/** A part of a data set whose images have not been read. */
export interface DataPart {
  name: PartName;
  /** its location, for messages: `FER2013Train in the folder data/ferplus` */
  where: string;
  /** place, number of images, and rule for labels */
  description: string;
  /** number of labeled images, including unreadable ones */
  length: number;
  /**
   * Reads the images, or prepares them to be read when batches need them.
   * @throws DataError when no image can be read; the abort reason of `signal`
   */
  load(options?: LoadOptions): Promise<LoadedPart>;
}

/** Options of `DataPart.load`. */
export interface LoadOptions {
  /** called after each image */
  onProgress?: (progress: { done: number; total: number }) => void;
  signal?: AbortSignal;
  /** number of images decoded at the same time */
  concurrency?: number;
  /** maximum side in pixels (default 512); larger images are reduced to it */
  maxSide?: number;
  /**
   * true reads images when batches need them, false reads all of them now. Default: true if the decoded images would
   * fill more than half of the memory.
   */
  stream?: boolean;
}

/** A part whose images are in memory, or are read when batches need them. */
export interface LoadedPart {
  source: PictureSource | PictureStream;
  /** the part's description, with the number of images that could be read */
  description: string;
  /** labeled images that could not be read, and images without a label */
  skipped: SkippedPicture[];
}

/** A part of a data set; `words` returns its description for a number of images. */
export function dataPart(part: {
  name: PartName;
  where: string;
  length: number;
  words: (count: number) => string;
  load: (options: LoadOptions) => Promise<Omit<LoadedPart, 'description'>>;
}): DataPart {
  const { name, where, length, words } = part;
  const describe = (count: number) => `${where}: ${words(count)}`;
  return {
    name,
    where,
    length,
    description: describe(length),
    load: async (options = {}) => {
      const loaded = await part.load(options);
      return { ...loaded, description: describe(loaded.source.length) };
    },
  };
}

/** Returns the part that a folder's name denotes. */
export function partNamed(folder: string): PartName | undefined {
  const name = folder.toLowerCase().replace(/^fer[-_ ]?2013[-_ ]?/, '');
  if (/^(train|training)$/.test(name)) return 'train';
  if (/^(valid|val|validation|publictest)$/.test(name)) return 'valid';
  return /^(test|testing|privatetest)$/.test(name) ? 'test' : undefined;
}

const ORDER: readonly PartName[] = ['train', 'valid', 'test', 'all'];

export function inOrder<T extends { name: PartName }>(parts: readonly T[]): T[] {
  return [...parts].sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
}
