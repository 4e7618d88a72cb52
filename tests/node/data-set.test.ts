// Every layout, made small in a temporary folder; the same from a folder, a .tar and a .zip.
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataError } from '../../src/data/data-error.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import type { DataPart } from '../../src/node/data-set.ts';
import { type OpenDataSetOptions, openDataSet, partForTesting } from '../../src/node/open-data-set.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'feathergrad-sets-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

type Files = Record<string, Uint8Array | string>;

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

async function put(files: Files, below = ''): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, below, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytesOf(content));
  }
  return join(root, below);
}

async function tar(name: string, files: Files): Promise<string> {
  const archive = pack();
  for (const [path, content] of Object.entries(files))
    archive.entry({ name: path }, Buffer.from(bytesOf(content)));
  archive.finalize();
  await pipeline(archive, createWriteStream(join(root, name)));
  return join(root, name);
}

async function zip(name: string, files: Files): Promise<string> {
  const entries = Object.fromEntries(
    Object.entries(files).map(([path, content]) => [path, bytesOf(content)]),
  );
  await writeFile(join(root, name), zipSync(entries));
  return join(root, name);
}

/** A grey picture of one level. */
function png(level: number, side = 48): Promise<Buffer> {
  const data = Buffer.alloc(side * side, level);
  return sharp(data, { raw: { width: side, height: side, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

// neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF
const VOTES = {
  happy: '0,10,0,0,0,0,0,0,0,0',
  sad: '2,0,0,8,0,0,0,0,0,0',
  torn: '4,4,0,0,2,0,0,0,0,0', // no majority; neutral by argmax
  unknown: '0,0,0,0,0,0,0,0,10,0',
};

function labelCsv(rows: Record<string, string>, end = '\n'): string {
  return Object.entries(rows)
    .map(([name, votes]) => `${name},"(0, 0, 48, 48)",${votes}${end}`)
    .join('');
}

async function ferPlusPart(level: number, end?: string): Promise<Files> {
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

function under(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]));
}

async function ferPlus(): Promise<Files> {
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

async function read(part: DataPart, classNames: readonly string[], stream = false): Promise<Read> {
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

async function readAll(path: string, options?: OpenDataSetOptions, stream = false) {
  const set = await openDataSet(path, options);
  try {
    const parts: Read[] = [];
    for (const part of set.parts) parts.push(await read(part, set.classNames, stream));
    return { ...set, read: parts };
  } finally {
    await set.close();
  }
}

async function refusal(path: string, options?: OpenDataSetOptions): Promise<string> {
  const error = await readAll(path, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
}

describe('FER+ as Microsoft lays it out', () => {
  const three = (level: number) => ({
    labels: ['Happy', 'Sadness'],
    levels: [level, level + 1],
    channels: [1, 1],
    skipped: [],
  });

  test.each([
    ['a folder', (files: Files) => put(files, 'set')],
    ['a folder further down', (files: Files) => put(under('data/in', files), 'set')],
    ['a .tar', (files: Files) => tar('set.tar', under('./data', files))],
    ['a .zip', (files: Files) => zip('set.zip', files)],
    [
      'a folder of archives',
      async (files: Files) => {
        for (const part of ['FER2013Train', 'FER2013Valid', 'FER2013Test']) {
          const own = Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith(part)));
          if (part === 'FER2013Valid') await zip(`${part}.zip`, own);
          else await tar(`${part}.tar`, own);
        }
        return root;
      },
    ],
  ])('%s', async (_, make) => {
    const path = await make(await ferPlus());
    for (const stream of [false, true]) {
      const set = await readAll(path, {}, stream);
      expect(set.layout).toBe('FER+');
      expect(set.classNames).toEqual(FER_CLASSES);
      expect(set.read).toMatchObject([
        { name: 'train', ...three(10) },
        { name: 'valid', ...three(60) },
        { name: 'test', ...three(110) },
      ]);
    }
  });

  test.each([
    ['a folder', (files: Files) => put(files, 'FER2013Test')],
    ['a .tar', (files: Files) => tar('FER2013Test.tar', under('FER2013Test', files))],
    ['a .zip of its files', (files: Files) => zip('FER2013Test.zip', files)],
    ['the folder above', async (files: Files) => dirname(await put(files, 'x/FER2013Test'))],
  ])('one part alone, as %s', async (_, make) => {
    const set = await readAll(await make(await ferPlusPart(7)));
    expect(set.read).toMatchObject([{ name: 'test', ...three(7) }]);
    expect(partForTesting(set).name).toBe('test');
    expect(set.description).toMatch(
      /FER\+: .*2 pictures, label by majority of the votes; 2 others have none/,
    );
  });

  test('a part by any other name is a part of its own', async () => {
    const set = await readAll(await put(await ferPlusPart(7), 'heldout'));
    expect(set.read).toMatchObject([{ name: 'all', ...three(7) }]);
    expect(partForTesting(set).name).toBe('all');
  });

  test('argmax and distribution', async () => {
    const path = await put(await ferPlusPart(7), 'FER2013Valid');
    const argmax = await readAll(path, { labels: 'argmax' });
    expect(argmax.read).toMatchObject([{ labels: ['Happy', 'Sadness', 'Neutral'], distributions: null }]);
    const soft = await readAll(path, { labels: 'distribution' });
    expect(soft.read[0]!.labels).toEqual(['Happy', 'Sadness', 'Neutral']);
    // Surprise, Fear, Disgust, Happy, Sadness, Anger, Neutral, Contempt
    const rows = [
      [0, 0, 0, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0.8, 0, 0.2, 0],
      [0, 0, 0, 0.4, 0, 0.2, 0.4, 0],
    ];
    expect(soft.read[0]!.distributions!.map((share) => Number(share.toFixed(6)))).toEqual(rows.flat());
    await expect(openDataSet(path, { labels: 'most' as 'argmax' })).rejects.toThrow(
      /expected majority, argmax/,
    );
  });

  test('what is missing or broken is skipped by name, with its label and its target', async () => {
    const files = await ferPlusPart(7);
    files['fer1.png'] = 'no picture';
    files['label.csv'] = labelCsv({ 'fer0.png': VOTES.happy }) + files['label.csv'];
    const path = await put(files, 'FER2013Valid');
    for (const stream of [false, true]) {
      const { read: parts } = await readAll(path, { labels: 'distribution' }, stream);
      expect(parts[0]!.labels).toEqual(['Sadness', 'Neutral']);
      expect(parts[0]!.levels).toEqual([8, 9]);
      expect(parts[0]!.skipped.map(({ name }) => name)).toEqual(['fer0.png', 'fer1.png']);
      expect(parts[0]!.skipped[0]!.reason).toMatch(/ENOENT/);
      if (!stream) expect(parts[0]!.distributions!.length).toBe(16);
    }
    const archived = await readAll(await tar('FER2013Valid.tar', files));
    expect(archived.read[0]!.skipped[0]!.reason).toMatch(/holds no file fer0\.png/);
  });

  test('a line of titles, a byte order mark, blank lines', async () => {
    const files = await ferPlusPart(7);
    files['label.csv'] =
      `\uFEFFImage name,Box,neutral,happiness\r\n\r\n${labelCsv({ 'fer2.png': VOTES.sad }, '\r\n')}`;
    expect((await readAll(await put(files, 'FER2013Test'))).read[0]!.labels).toEqual(['Sadness']);
  });

  test('a torn table is refused with its line', async () => {
    const rows = labelCsv({ 'fer1.png': VOTES.happy });
    const message = async (table: string) => {
      await put({ ...(await ferPlusPart(7)), 'label.csv': table }, 'FER2013Test');
      return refusal(join(root, 'FER2013Test'));
    };
    expect(await message(`${rows}fer2.png,"(0, 0, 48, 48)",1,2\n`)).toMatch(
      /label\.csv in the folder .*FER2013Test, line 2: expected a file name, a box and 10 vote counts .* got 4 fields/,
    );
    expect(await message(`${rows}fer2.png,box,${VOTES.sad.replace('8', '-8')}\n`)).toMatch(/line 2/);
    expect(await message(`${rows}fer2.png,"(0, 0`)).toMatch(/is no CSV file/);
    expect(await message('')).toMatch(/label\.csv .* is empty/);
    expect(await message(labelCsv({ 'fer4.png': VOTES.unknown }))).toMatch(
      /none of the 1 pictures .* by majority/,
    );
  });

  test('labels without pictures, as in Microsoft’s repository', async () => {
    await put({ 'label.csv': labelCsv({ 'fer1.png': VOTES.happy }) }, 'data/FER2013Train');
    expect(await refusal(root)).toMatch(/none of those with a label is there.*generate_training_data\.py/);
  });

  test('two folders for one part', async () => {
    await put(await ferPlusPart(1), 'a/FER2013Test');
    await put(await ferPlusPart(1), 'b/FER2013Test');
    expect(await refusal(root)).toMatch(/"a\/FER2013Test" and "b\/FER2013Test" are both the test part/);
    await rm(join(root, 'a'), { recursive: true });
    await rm(join(root, 'b'), { recursive: true });
    await put(await ferPlusPart(1), 'one');
    await put(await ferPlusPart(1), 'two');
    expect(await refusal(root)).toMatch(/cannot be told by the name/);
  });
});

describe('FER+ from Kaggle’s table', () => {
  const pixels = (level: number, side = 48) => new Array(side * side).fill(level).join(' ');
  const usages = ['Training', 'Training', 'PublicTest', 'PrivateTest', 'Training'];
  const votes = (rows: string[] = usages) =>
    `Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\r\n${rows
      .map(
        (usage, i) =>
          `${usage},${i === 4 ? '' : `fer${i + 10}.png`},${[VOTES.happy, VOTES.sad, VOTES.torn][i % 3]}\r\n`,
      )
      .join('')}`;
  const table = (rows: string[] = usages) =>
    `emotion,pixels,Usage\n${rows.map((usage, i) => `0,${pixels(20 + i)},${usage}\n`).join('')}`;

  test('rows join by position', async () => {
    const path = await put({ 'fer2013.csv': table(), 'fer2013new.csv': votes() });
    for (const where of [path, join(path, 'fer2013.csv'), join(path, 'fer2013new.csv')]) {
      const set = await readAll(where);
      expect(set.layout).toBe("FER+ (Kaggle's csv)");
      expect(set.read).toMatchObject([
        { name: 'train', labels: ['Happy', 'Sadness', 'Sadness'], levels: [20, 21, 24], channels: [1, 1, 1] },
        { name: 'test', labels: ['Happy'], levels: [23] },
      ]);
    }
  });

  test('the other spelling of the table, quoted, in a .zip', async () => {
    const spaced = `emotion, Usage, pixels\r\n${usages.map((usage, i) => `0,${usage},"${pixels(20 + i)}"\r\n`).join('')}`;
    const path = await zip('fer.zip', { 'x/icml_face_data.csv': spaced, 'fer2013new.csv': votes() });
    const set = await readAll(path, { labels: 'argmax' });
    expect(set.read).toMatchObject([
      { name: 'train', levels: [20, 21, 24] },
      { name: 'valid', labels: ['Neutral'], levels: [22] },
      { name: 'test', levels: [23] },
    ]);
  });

  test('a row without a square of pixels is skipped by line', async () => {
    const broken = table().replace(pixels(21), '1 2 3').replace(pixels(24), pixels(24).replace('24', '299'));
    const { read: parts } = await readAll(await put({ 'fer2013.csv': broken, 'fer2013new.csv': votes() }));
    expect(parts[0]!.labels).toEqual(['Happy']);
    expect(parts[0]!.skipped).toEqual([
      {
        name: 'fer11.png (fer2013.csv, line 3)',
        reason: '3 pixels, which make no square; FER-2013 has 48 x 48',
      },
      { name: 'row 5 (fer2013.csv, line 6)', reason: 'a pixel is no whole number from 0 to 255' },
    ]);
  });

  test('tables that do not belong together are refused', async () => {
    const message = async (pixelTable: string, voteTable: string) =>
      refusal(await put({ 'fer2013.csv': pixelTable, 'fer2013new.csv': voteTable }));
    expect(await message(table(usages.slice(0, 4)), votes())).toMatch(/fer2013\.csv .* has 4 rows and .* 5/);
    expect(await message(table(), votes(usages.slice(0, 4)))).toMatch(
      /line 6: .*same rows in the same order/,
    );
    expect(await message(table([...usages].reverse()), votes())).toMatch(
      /line 3: this row's Usage is PrivateTest, that of the same row in fer2013new\.csv is Training/,
    );
    expect(await message('a,b\n1,2\n', votes())).toMatch(
      /must name the columns emotion, pixels, Usage; got a,b/,
    );
    expect(await message(table(), 'Usage\nTraining\n')).toMatch(
      /must name the columns Usage, Image name, neutral/,
    );
    await rm(join(root, 'fer2013new.csv'));
    expect(await refusal(root)).toMatch(/not fer2013new\.csv, which are FER\+'s votes.*microsoft\/FERPlus/);
  });

  test('wins over label.csv files that have no pictures', async () => {
    await put({ 'label.csv': labelCsv({ 'fer1.png': VOTES.happy }) }, 'data/FER2013Train');
    await put({ 'fer2013.csv': table(), 'fer2013new.csv': votes() });
    expect((await readAll(root)).layout).toBe("FER+ (Kaggle's csv)");
  });
});

describe('RAF-DB', () => {
  const jpeg = async (level: number) =>
    sharp(await png(level, 100))
      .jpeg({ quality: 100 })
      .toBuffer();
  const list = ['train_00001.jpg 5', 'train_00002.jpg 1', 'test_0001.jpg 7', 'test_0002.jpg 4', ''];

  async function rafDb(end = '\n'): Promise<Files> {
    return {
      'basic/EmoLabel/list_patition_label.txt': list.join(end),
      'basic/Image/aligned/train_00001_aligned.jpg': await jpeg(10),
      'basic/Image/aligned/train_00002_aligned.jpg': await jpeg(20),
      'basic/Image/aligned/test_0001_aligned.jpg': await jpeg(30),
      'basic/Image/aligned/test_0002_aligned.jpg': await jpeg(40),
    };
  }

  test.each([
    ['a folder', (files: Files) => put(files, 'RAF-DB')],
    ['its inner folder', async (files: Files) => join(await put(files, 'RAF-DB'), 'basic')],
    ['a .zip', (files: Files) => zip('raf.zip', files)],
    ['a .tar', (files: Files) => tar('raf.tar', files)],
  ])('as %s', async (_, make) => {
    const set = await readAll(await make(await rafDb('\r\n')));
    expect(set.layout).toBe('RAF-DB');
    expect(set.classNames).toEqual(FER_CLASSES.slice(0, 7));
    expect(set.read).toMatchObject([
      { name: 'train', labels: ['Sadness', 'Surprise'], levels: [10, 20], skipped: [] },
      { name: 'test', labels: ['Neutral', 'Happy'], levels: [30, 40], skipped: [] },
    ]);
  });

  test('faces that are missing, all or one; a broken list; votes that it does not have', async () => {
    const files = await rafDb();
    delete files['basic/Image/aligned/train_00001_aligned.jpg'];
    const { read: parts } = await readAll(await put(files));
    expect(parts[0]!.skipped).toMatchObject([
      { name: 'Image/aligned/train_00001_aligned.jpg', reason: expect.stringMatching(/ENOENT/) },
    ]);
    expect(await refusal(root, { labels: 'argmax' })).toMatch(/\(RAF-DB\) has labels and no votes/);
    await put({ 'basic/EmoLabel/list_patition_label.txt': 'train_00001.jpg 5\ntrain_00002.jpg 8\n' });
    expect(await refusal(root)).toMatch(
      /line 2: expected a name and a label from 1 to 7.* got "train_00002\.jpg 8"/,
    );
    await rm(join(root, 'basic/Image'), { recursive: true });
    expect(await refusal(root)).toMatch(
      /no picture Image\/aligned\/\*_aligned\.jpg; unpack Image\/aligned\.zip/,
    );
  });
});

describe('class folders', () => {
  test('in parts or not, from a folder or an archive', async () => {
    const files: Files = {};
    for (const part of ['train', 'val', 'test']) {
      files[`${part}/sad/1.png`] = await png(1);
      if (part === 'train') files['train/glad/1.png'] = await png(2);
      else files[`${part}/glad/2.png`] = await png(3);
    }
    for (const path of [await put(files, 'set'), await zip('set.zip', under('faces', files))]) {
      const set = await readAll(path);
      expect(set.layout).toBe('class folders');
      expect(set.read.map(({ name, labels }) => [name, ...labels])).toEqual([
        ['train', 'glad', 'sad'],
        ['valid', 'glad', 'sad'],
        ['test', 'glad', 'sad'],
      ]);
    }
    const whole = await readAll(join(root, 'set/val'));
    expect(whole.read).toMatchObject([{ name: 'valid', labels: ['glad', 'sad'], levels: [3, 1] }]);
  });

  test('a class without a readable picture, streamed or not', async () => {
    const path = await put({ 'a/1.png': await png(1), 'b/1.png': 'x' });
    for (const stream of [false, true]) {
      await expect(readAll(path, {}, stream)).rejects.toThrow(/class "b" has no readable picture/);
    }
  });
});

describe('nothing to be found', () => {
  test('says what was looked for', async () => {
    expect(await refusal(join(root, 'nowhere'))).toMatch(/nowhere does not exist/);
    await put({ 'notes.txt': 'x' });
    const message = await refusal(root);
    for (const layout of [
      'FER2013Train',
      'fer2013new.csv',
      'list_patition_label.txt',
      'one sub-folder a class',
    ]) {
      expect(message).toContain(layout);
    }
    expect(await refusal(join(root, 'notes.txt'))).toMatch(/is a file, and no \.tar or \.zip/);
  });

  test('archives that are none, are torn, or cannot be read in any order', async () => {
    await put({ 'a.zip': 'not a zip', 'b.tar': 'x'.repeat(2000), 'c.tar.gz': 'x', 'd.tar': '' });
    expect(await refusal(join(root, 'a.zip'))).toMatch(/a\.zip is no whole zip archive/);
    expect(await refusal(join(root, 'b.tar'))).toMatch(/b\.tar is no whole tar archive/);
    expect(await refusal(join(root, 'c.tar.gz'))).toMatch(/unpack it first/);
    expect(await refusal(join(root, 'd.tar'))).toMatch(/holds no file/);
    const whole = await readFile(await tar('e.tar', await ferPlus()));
    await put({ 'e.tar': whole.subarray(0, 3000) });
    expect(await refusal(join(root, 'e.tar'))).toMatch(/no whole tar archive \(.*; fetch or pack it again/);
  });
});
