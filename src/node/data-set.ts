import type { SkippedPicture } from '../data/picture.ts';
import type { PictureSource } from '../data/picture-source.ts';
import type { PictureStream } from '../data/picture-stream.ts';

/** `all` where a set is not in parts. */
export type PartName = 'train' | 'valid' | 'test' | 'all';

/** A data set as it was found: names and labels are known, no picture has been read. */
export interface DataSet {
  layout: 'FER+' | "FER+ (Kaggle's csv)" | 'RAF-DB' | 'class folders';
  /** what was found and where, in words */
  description: string;
  classNames: readonly string[];
  /** at least one, in the order train, valid, test */
  parts: readonly DataPart[];
  /** Closes archives. Pictures that are streamed from one cannot be read afterwards. */
  close(): Promise<void>;
}

/** One part of a data set, known but not read. */
export interface DataPart {
  name: PartName;
  /** in the user's words: `FER2013Train in the folder data/ferplus` */
  where: string;
  /** where, how many pictures, by which rule */
  description: string;
  /** pictures with a label, whether they can be read or not */
  length: number;
  /**
   * Reads the pictures, or readies them to be read as they are needed.
   * @throws DataError when none can be read; the reason of `signal` when it is aborted
   */
  load(options?: LoadOptions): Promise<LoadedPart>;
}

/** What `DataPart.load` takes. */
export interface LoadOptions {
  /** called after each picture */
  onProgress?: (progress: { done: number; total: number }) => void;
  signal?: AbortSignal;
  /** pictures that are decoded at the same time */
  concurrency?: number;
  /** longest side in pixels (default 512); larger pictures are shrunk to it */
  maxSide?: number;
  /**
   * true reads pictures as batches need them, false all of them now. When left out, a part is streamed where its
   * decoded pictures would fill more than half of the memory.
   */
  stream?: boolean;
}

/** A part whose pictures are at hand, or read as they are needed. */
export interface LoadedPart {
  source: PictureSource | PictureStream;
  /** the part's description, with the number of pictures that there really are */
  description: string;
  /** what has a label and could not be read, or looked like a picture and has none */
  skipped: SkippedPicture[];
}

/** A part whose description `words` makes from the number of its pictures. */
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

/** The part that a folder's name means. */
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
