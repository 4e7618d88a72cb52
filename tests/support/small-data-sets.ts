// Small data sets in a temporary folder, as folders, .tar and .zip. For tests in Node.
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect } from 'vitest';
import { DataError } from '../../src/data/data-error.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';
import type { DataPart } from '../../src/node/data-set.ts';
import { type OpenDataSetOptions, openDataSet } from '../../src/node/open-data-set.ts';

/** The temporary folder of the running test. */
export let root: string;
/** Creates the folder before each test of the calling file and removes it after it. */
export function withFolder(): void {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'feathergrad-sets-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });
}

export type Files = Record<string, Uint8Array | string>;

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

export async function put(files: Files, below = ''): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, below, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytesOf(content));
  }
  return join(root, below);
}

export async function tar(name: string, files: Files): Promise<string> {
  const archive = pack();
  for (const [path, content] of Object.entries(files))
    archive.entry({ name: path }, Buffer.from(bytesOf(content)));
  archive.finalize();
  await pipeline(archive, createWriteStream(join(root, name)));
  return join(root, name);
}

export async function zip(name: string, files: Files): Promise<string> {
  const entries = Object.fromEntries(
    Object.entries(files).map(([path, content]) => [path, bytesOf(content)]),
  );
  await writeFile(join(root, name), zipSync(entries));
  return join(root, name);
}

/** A gray picture of one level. */
export function png(level: number, side = 48): Promise<Buffer> {
  const data = Buffer.alloc(side * side, level);
  return sharp(data, { raw: { width: side, height: side, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

// neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF
export const VOTES = {
  happy: '0,10,0,0,0,0,0,0,0,0',
  sad: '2,0,0,8,0,0,0,0,0,0',
  torn: '4,4,0,0,2,0,0,0,0,0', // no majority; neutral by argmax
  unknown: '0,0,0,0,0,0,0,0,10,0',
};

export function labelCsv(rows: Record<string, string>, end = '\n'): string {
  return Object.entries(rows)
    .map(([name, votes]) => `${name},"(0, 0, 48, 48)",${votes}${end}`)
    .join('');
}

export async function ferPlusPart(level: number, end?: string): Promise<Files> {
  const names = {
    'fer1.png': VOTES.happy,
    'fer2.png': VOTES.sad,
    'fer3.png': VOTES.torn,
    'fer4.png': VOTES.unknown,
  };
  const files: Files = { 'label.csv': labelCsv(names, end) };
  for (const [i, name] of Object.keys(names).entries()) files[name] = await png(level + i);
  return files;
}

export function under(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]));
}

export async function ferPlus(): Promise<Files> {
  return {
    ...under('FER2013Train', await ferPlusPart(10)),
    ...under('FER2013Valid', await ferPlusPart(60)),
    ...under('FER2013Test', await ferPlusPart(110, '\r\n')),
  };
}

interface Read {
  name: string;
  labels: string[];
  /** first byte of each picture */
  levels: number[];
  channels: number[];
  skipped: { name: string; reason: string }[];
  distributions: number[] | null;
}

export async function read(part: DataPart, classNames: readonly string[], stream = false): Promise<Read> {
  const { source, skipped } = await part.load({ stream });
  expect(source).toBeInstanceOf(stream ? PictureStream : PictureSource);
  const pictures =
    source instanceof PictureSource
      ? source.pictures
      : await Promise.all([...source.labels.keys()].map((index) => source.picture(index)));
  return {
    name: part.name,
    labels: [...source.labels].map((label) => classNames[label]!),
    levels: pictures.map(({ data }) => data[0]!),
    channels: pictures.map(({ channels }) => channels),
    skipped,
    distributions: source instanceof PictureSource && source.distributions ? [...source.distributions] : null,
  };
}

export async function readAll(path: string, options?: OpenDataSetOptions, stream = false) {
  const set = await openDataSet(path, options);
  try {
    const parts: Read[] = [];
    for (const part of set.parts) parts.push(await read(part, set.classNames, stream));
    return { ...set, read: parts };
  } finally {
    await set.close();
  }
}

export async function refusal(path: string, options?: OpenDataSetOptions): Promise<string> {
  const error = await readAll(path, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
}
