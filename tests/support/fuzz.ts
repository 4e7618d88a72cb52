// Readers under mutated files: tests/node/fuzz.test.ts runs a few hundred per reader, `node scripts/fuzz.mjs` many more.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { DataError } from '../../src/data/data-error.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsTensor,
} from '../../src/formats/safetensors.ts';
import { SafetensorsError } from '../../src/formats/safetensors-header.ts';
import { TorchFileError } from '../../src/formats/torch-bytes.ts';
import { decodeTorch } from '../../src/formats/torch-file.ts';
import { torchState } from '../../src/formats/torch-state.ts';
import { encodeTorch } from '../../src/formats/torch-writer.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { readCsv } from '../../src/node/csv.ts';
import { openDecoder } from '../../src/node/decode-picture.ts';
import { openDataSet } from '../../src/node/open-data-set.ts';
import { openFileTree } from '../../src/node/open-file-tree.ts';
import { CheckpointError, decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint-file.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { LEGACY } from '../formats/torch-fixtures.ts';
import { generator } from '../reference/array.ts';

/** A reader with a valid file. */
export interface Subject {
  name: string;
  valid: Uint8Array;
  /**
   * Reads a file and returns its content as text; equal contents have equal texts.
   * @throws the reader's documented error, or any other error, which is a fault
   */
  read(bytes: Uint8Array): Promise<string>;
  /** whether an error is the reader's documented one */
  isRefusal(error: unknown): boolean;
  /** what may be read: with checksums only what the valid file contains, without them anything */
  allows(content: string, original: string): boolean;
}

export interface Counts {
  /** mutated files */
  files: number;
  /** files that the reader rejected with its documented error */
  refused: number;
  /** files whose content was read unchanged */
  unchanged: number;
  /** files whose altered content was read; only for formats without a checksum */
  altered: number;
  /** milliseconds of the slowest file */
  slowest: number;
}

/** A mutated file that a reader did not handle, with what happened. */
export class FuzzFault extends Error {
  override readonly name = 'FuzzFault';
  readonly bytes: Uint8Array;

  constructor(subject: string, file: number, what: string, bytes: Uint8Array, cause?: unknown) {
    super(`${subject}, file ${file}: ${what}`, { cause });
    this.bytes = bytes;
  }
}

const BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff, 0x22, 0x2c, 0x0a, 0x30, 0x2d];
const NUMBERS = [0, 1, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Returns a copy of a file with one to three random changes. */
function mutate(valid: Uint8Array, random: () => number): Uint8Array {
  let bytes: Uint8Array = valid.slice();
  for (let left = 1 + Math.floor(3 * random() ** 2); left > 0; left--) bytes = change(bytes, random);
  return bytes;
}

function change(bytes: Uint8Array, random: () => number): Uint8Array {
  const below = (end: number) => Math.floor(random() * Math.max(1, end));
  const at = below(bytes.length);
  const count = 1 + below(2 ** below(10));
  const end = Math.min(bytes.length, at + count);
  const joined = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));
  switch (below(9)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 2:
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    case 3:
      return joined(
        bytes.subarray(0, at),
        Uint8Array.from({ length: Math.min(count, 64) }, () => below(256)),
        bytes.subarray(at),
      );
    case 4:
      return bytes.fill(0, at, end);
    case 5: {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const number = NUMBERS[below(NUMBERS.length)]!;
      if (at + 4 <= bytes.length) view.setUint32(at, number, random() < 0.5);
      return bytes;
    }
    case 6:
      bytes[at] = BYTES[below(BYTES.length)]!;
      return bytes;
    default:
      bytes[at]! ^= 1 << below(8);
      return bytes;
  }
}

/**
 * Reads `files` mutations of a subject's valid file.
 * @throws FuzzFault for an undocumented error, content altered despite a checksum, and a file that takes `limit` ms
 */
export async function fuzz(
  subject: Subject,
  { files, seed = 1, limit = 10_000 }: { files: number; seed?: number; limit?: number },
): Promise<Counts> {
  const random = generator(seed);
  const original = await subject.read(subject.valid);
  const counts: Counts = { files, refused: 0, unchanged: 0, altered: 0, slowest: 0 };
  for (let file = 0; file < files; file++) {
    const bytes = mutate(subject.valid, random);
    const fault = (what: string, cause?: unknown) =>
      new FuzzFault(subject.name, file, `${what} (seed ${seed})`, bytes, cause);
    const started = performance.now();
    try {
      const content = await within(limit, subject.read(bytes));
      if (content === original) counts.unchanged++;
      else if (subject.allows(content, original)) counts.altered++;
      else throw fault('altered content was read despite its checksum');
    } catch (error) {
      if (error instanceof FuzzFault) throw error;
      if (!subject.isRefusal(error)) throw fault(`undocumented error: ${error}`, error);
      counts.refused++;
    }
    const duration = performance.now() - started;
    if (duration > limit) throw fault(`took ${Math.round(duration)} ms`);
    counts.slowest = Math.max(counts.slowest, duration);
  }
  return counts;
}

async function within<T>(limit: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`never settled within ${limit} ms`)), limit);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const anything = () => true;
const never = () => false;
const utf8 = (text: string) => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function textOf(state: StateDict | ReadonlyMap<string, SafetensorsTensor>): string {
  const entries = [...state].map(([name, { shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return `${JSON.stringify(name)} ${shape} ${hex(bytes)}`;
  });
  return entries.sort().join('\n');
}

const tensors = new Map<string, SafetensorsTensor>([
  ['0.weight', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-9, 7) }],
  ['0.bias', { dtype: 'F16', shape: [3], data: Uint16Array.of(0x3c00, 0, 0x7bff) }],
  ['steps', { dtype: 'I64', shape: [], data: BigInt64Array.of(9n) }],
]);
const state: StateDict = new Map([
  ['0.weight', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-9, 7) }],
  ['1.bias', { shape: [3], data: Float32Array.of(4, 5, 6) }],
]);

/** The files of the archives: only these contents may be read, under these names. */
const CONTENTS = { 'a/1.txt': 'first '.repeat(30), 'a/2.txt': 'second', 'b/3.csv': '1,2\n3,4\n' };

const TABLE = 'Usage,Image name,votes\nTraining,"fer0.png",1\nPublicTest,"a ""b"", c",2\n'.repeat(3);

/** Every reader of files, with the folder for those that read from disk. Call `close` at the end. */
export async function subjects(): Promise<{ list: Subject[]; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'feathergrad-fuzz-'));
  const isDataError = (error: unknown) => error instanceof DataError;
  const decoder = await openDecoder(64);
  const put = async (name: string, bytes: Uint8Array | string) => {
    await writeFile(join(folder, name), bytes);
    return join(folder, name);
  };
  const archive = async (path: string): Promise<string> => {
    const tree = await openFileTree(path);
    try {
      const contents: string[] = [];
      for (const file of tree.files) {
        contents.push(`${file} ${hex(await tree.read(file))}`);
        contents.push(`${file} ${hex(await buffer(await tree.stream(file)))}`);
      }
      return [...new Set(contents)].sort().join('\n');
    } finally {
      await tree.close();
    }
  };
  const tar = pack();
  for (const [name, content] of Object.entries(CONTENTS)) tar.entry({ name }, content);
  tar.finalize();
  const pixels = Buffer.from(Uint8Array.from({ length: 12 * 10 * 3 }, (_, i) => (i * 37) % 251));
  const image = sharp(pixels, { raw: { width: 12, height: 10, channels: 3 } });
  const imageSubject = (name: string, valid: Buffer, allows: Subject['allows']): Subject => ({
    name,
    valid: new Uint8Array(valid),
    read: async (bytes) => {
      const { width, height, channels, data } = await decoder.decode(bytes, 'x');
      return `${width} ${height} ${channels} ${hex(Uint8Array.from(data))}`;
    },
    isRefusal: (error) =>
      error instanceof Error && /cannot be decoded as an image|file is empty|megapixels/.test(error.message),
    allows,
  });
  await put('fer2013.csv', fer2013());
  const list: Subject[] = [
    {
      name: 'safetensors',
      valid: encodeSafetensors(tensors, { about: 'x' }),
      read: async (bytes) => {
        const file = decodeSafetensors(bytes);
        return `${textOf(file.tensors)}\n${JSON.stringify(file.metadata)}`;
      },
      isRefusal: (error) => error instanceof SafetensorsError,
      allows: anything,
    },
    {
      name: 'checkpoint',
      valid: checkpoint(),
      read: async (bytes) => {
        const { state, about } = decodeCheckpoint(bytes);
        return hex(encodeCheckpoint(state, about));
      },
      isRefusal: (error) => error instanceof CheckpointError,
      allows: never,
    },
    {
      name: '.pth (zip)',
      valid: encodeTorch(state),
      read: async (bytes) => textOf(torchState(decodeTorch(bytes))),
      isRefusal: (error) => error instanceof TorchFileError,
      allows: never,
    },
    {
      name: '.pth (legacy)',
      valid: new Uint8Array(Buffer.from(LEGACY, 'base64')),
      read: async (bytes) => textOf(torchState(decodeTorch(bytes))),
      isRefusal: (error) => error instanceof TorchFileError,
      allows: anything,
    },
    {
      name: '.zip',
      valid: zipSync(
        Object.fromEntries(Object.entries(CONTENTS).map(([name, content]) => [name, utf8(content)])),
      ),
      read: async (bytes) => archive(await put('set.zip', bytes)),
      isRefusal: isDataError,
      // a file may be missing: a damaged name can begin with a dot, which hides the file
      allows: (content, original) => {
        const known = new Set(original.split('\n'));
        return content.split('\n').every((one) => known.has(one));
      },
    },
    {
      name: '.tar',
      valid: new Uint8Array(await buffer(tar)),
      read: async (bytes) => archive(await put('set.tar', bytes)),
      isRefusal: isDataError,
      allows: anything,
    },
    {
      name: 'CSV',
      valid: utf8(TABLE),
      read: async (bytes) => {
        const rows: string[] = [];
        for await (const { line, cells } of readCsv(Readable.from([Buffer.from(bytes)]), 'table')) {
          rows.push(JSON.stringify([line, cells]));
        }
        return rows.join('\n');
      },
      isRefusal: isDataError,
      allows: anything,
    },
    {
      name: 'FER+ votes',
      valid: utf8(fer2013new()),
      read: async (bytes) => {
        await put('fer2013new.csv', bytes);
        const set = await openDataSet(join(folder, 'fer2013.csv'));
        try {
          const texts: string[] = [];
          for (const part of set.parts) {
            const { source } = await part.load();
            texts.push(`${part.name} ${source.length} ${source.classNames}`);
          }
          return texts.join('\n');
        } finally {
          await set.close();
        }
      },
      isRefusal: isDataError,
      allows: anything,
    },
    imageSubject('PNG', await image.clone().png().toBuffer(), never),
    imageSubject('JPEG', await image.clone().jpeg().toBuffer(), anything),
    imageSubject('WebP', await image.clone().webp().toBuffer(), anything),
  ];
  return { list, close: () => rm(folder, { recursive: true, force: true }) };
}

function checkpoint(): Uint8Array {
  const dict = (...values: number[]): StateDict =>
    new Map([['w', { shape: [values.length], data: Float32Array.from(values) }]]);
  const saved = {
    position: { epoch: 2, step: 1 },
    sums: { loss: 1.5, correct: 3, counted: 8, pictures: 8, parts: { crossEntropy: 1, center: 0.5 } },
    firstLoss: 1.5,
    schedule: {},
    run: { seed: '7' },
    best: { epoch: 1, accuracy: 0.5, state: dict(7, 8) },
    model: dict(1, 2, 3),
    optimizer: dict(4, 5),
    loss: new Map(),
    average: new Map(),
  };
  return encodeCheckpoint(saved as unknown as TrainingState, { note: 'mine' });
}

function fer2013(): string {
  const row = (level: number) => Array.from({ length: 48 * 48 }, () => level).join(' ');
  const usages = ['Training', 'Training', 'PublicTest', 'PrivateTest'];
  return `emotion,pixels,Usage\n${usages.map((usage, i) => `3,${row(10 * i)},${usage}`).join('\n')}\n`;
}

function fer2013new(): string {
  const titles = 'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF';
  const rows = ['Training', 'Training', 'PublicTest', 'PrivateTest'].map(
    (usage, i) => `${usage},fer000000${i}.png,${i % 2 ? '8,0' : '0,8'},0,0,2,0,0,0,0,0`,
  );
  return `${titles}\n${rows.join('\n')}\n`;
}
