import { availableParallelism, totalmem } from 'node:os';
import { DataError } from '../data/data-error.ts';
import { requireEachClass } from '../data/folder-rules.ts';
import { DEFAULT_MAX_SIDE, type Picture, type SkippedPicture } from '../data/picture.ts';
import { PictureSource, pickRows } from '../data/picture-source.ts';
import { PictureStream } from '../data/picture-stream.ts';
import { isSkipped, type ReadEachOptions, readEach } from '../data/read-each.ts';
import type { LoadedPart, LoadOptions } from './data-set.ts';
import { type Decoder, openDecoder, withSingleThreads } from './decode-picture.ts';
import type { FileTree } from './file-tree.ts';

/** Labeled files that have not been read. */
export interface PartPlan {
  /** description for messages */
  where: string;
  tree: FileTree;
  classNames: readonly string[];
  entries: readonly { path: string; label: number }[];
  /** soft targets [entries, classes] */
  distributions?: Float32Array;
  skipped: readonly SkippedPicture[];
  /** color of the images, if the layout determines it */
  color?: 'gray';
  /** whether a class without a readable image is an error */
  needsEachClass?: boolean;
}

type Loaded = Omit<LoadedPart, 'description'>;

/** Number of image headers that are read to estimate the memory of all images. */
const PROBES = 32;

export async function loadPart(plan: PartPlan, options: LoadOptions): Promise<Loaded> {
  const decoder = await openDecoder(options.maxSide ?? DEFAULT_MAX_SIDE);
  const { concurrency = 2 * availableParallelism() } = options;
  const reading = { ...options, concurrency };
  return withSingleThreads(async () => {
    const isStream = options.stream ?? (await guessBytes(plan, decoder)) > memory() / 2;
    return isStream ? stream(plan, decoder, reading) : readAll(plan, decoder, reading);
  });
}

async function readAll(plan: PartPlan, decoder: Decoder, reading: ReadEachOptions): Promise<Loaded> {
  const { tree } = plan;
  const read = async ({ path }: { path: string }) => decoder.decode(await tree.read(path), path);
  const results = await readEach(plan.entries, ({ path }) => path, read, reading);
  const { kept, ...rest } = sift(plan, results);
  return loaded(plan, rest, (data) => {
    return new PictureSource({ ...data, pictures: kept.map((index) => results[index] as Picture) });
  });
}

/** Reads every header now, so that missing and damaged files are detected before the first batch. */
async function stream(plan: PartPlan, decoder: Decoder, reading: ReadEachOptions): Promise<Loaded> {
  const { tree, entries } = plan;
  const measure = async ({ path }: { path: string }) => ({
    bytes: await decoder.measure(await tree.read(path)),
  });
  const results = await readEach(entries, ({ path }) => path, measure, reading);
  const { kept, ...rest } = sift(plan, results);
  const largest = results.reduce((most, it) => (isSkipped(it) ? most : Math.max(most, it.bytes)), 0);
  const read = async (index: number): Promise<Picture> => {
    const { path } = entries[kept[index]!]!;
    try {
      return await decoder.decode(await tree.read(path), path);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
      throw new DataError(`${path} in ${plan.where} cannot be read: ${reason}. Replace or remove it.`, {
        cause,
      });
    }
  };
  return loaded(plan, rest, (data) => {
    const names = kept.map((index) => entries[index]!.path);
    return new PictureStream({ ...data, read, largest, names, ...(plan.color && { color: plan.color }) });
  });
}

interface Sifted {
  labels: Uint32Array;
  distributions?: Float32Array;
  skipped: SkippedPicture[];
}

/** Returns the labels and soft targets of the files that could be read, and their indices in the plan. */
function sift(plan: PartPlan, results: readonly object[]): Sifted & { kept: number[] } {
  if (plan.needsEachClass) requireEachClass({ ...plan, classNames: [...plan.classNames] }, results);
  const failed = results.filter(isSkipped);
  const kept = [...results.keys()].filter((index) => !isSkipped(results[index]));
  if (kept.length === 0) {
    const [first] = failed;
    const why = first ? `; the first is ${first.name} (${first.reason})` : '';
    throw new DataError(`${plan.where}: none of ${results.length} images can be read${why}`);
  }
  const { distributions, classNames, entries } = plan;
  return {
    kept,
    labels: Uint32Array.from(kept, (index) => entries[index]!.label),
    ...(distributions && { distributions: pickRows(distributions, classNames.length, kept) }),
    skipped: [...plan.skipped, ...failed],
  };
}

function loaded(
  { classNames }: PartPlan,
  { skipped, ...data }: Sifted,
  make: (data: Omit<Sifted, 'skipped'> & { classNames: readonly string[] }) => LoadedPart['source'],
): Loaded {
  return { source: make({ ...data, classNames }), skipped };
}

async function guessBytes({ tree, entries }: PartPlan, decoder: Decoder): Promise<number> {
  const step = Math.max(1, Math.floor(entries.length / PROBES));
  const probes = entries.filter((_, index) => index % step === 0);
  const measure = async ({ path }: { path: string }) => decoder.measure(await tree.read(path));
  // if all files fail, the message names the first one
  const sizes = await Promise.all(probes.map((entry) => measure(entry).catch(() => 0)));
  return (entries.length * sizes.reduce((sum, size) => sum + size, 0)) / Math.max(1, probes.length);
}

/** Returns the memory of the machine, or of the container, in bytes. */
function memory(): number {
  const limit = process.constrainedMemory() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
