import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTrainingData } from '../../src/cli/train/data.ts';
import { augmentationOf } from '../../src/cli/train/parts.ts';
import type { TrainOptions } from '../../src/cli/train/settings.ts';
import { paperAugmentation } from '../../src/data/augmentation.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';

let root = '';
const at = (...names: string[]) => join(root, ...names);

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), content);
}

// neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF
const VOTES = ['0,10,0,0,0,0,0,0,0,0', '1,0,0,9,0,0,0,0,0,0', '5,5,0,0,0,0,0,0,0,0'];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'feathergrad-training-data-'));
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#777' } })
    .png()
    .toBuffer();
  for (const part of ['Train', 'Valid', 'Test']) {
    const rows = Array.from({ length: 9 }, (_, i) => `${i}.png,"(0, 0, 8, 8)",${VOTES[i % 3]}\n`);
    await put(`fer/FER2013${part}/label.csv`, rows.join(''));
    for (const i of rows.keys()) await put(`fer/FER2013${part}/${i}.png`, picture);
  }
  const list = Array.from({ length: 14 }, (_, i) =>
    [`train_${i}`, `test_${i}`].map((name) => `${name}.jpg ${1 + (i % 7)}\n`),
  );
  await put('raf/EmoLabel/list_patition_label.txt', list.flat().join(''));
  const jpeg = await sharp(picture).jpeg().toBuffer();
  for (const i of list.keys()) {
    for (const part of ['train', 'test']) await put(`raf/Image/aligned/${part}_${i}_aligned.jpg`, jpeg);
  }
  for (const part of ['train', 'test']) {
    for (const name of ['a', 'b']) await put(`folders/${part}/${name}/1.png`, picture);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

const how = { signal: new AbortController().signal, onProgress: () => {} };

function load(data: string, options: Partial<TrainOptions> = {}) {
  return loadTrainingData({ batch: 2, seed: 1, ...options, data: at(data) } as TrainOptions, how);
}

test('FER+: its training and validation parts, never its test part', async () => {
  const { train, valid, description, skipped } = await load('fer');
  expect([train.length, valid!.length, skipped]).toEqual([6, 6, []]);
  expect(train).toBeInstanceOf(PictureSource);
  expect(description.pictures).toMatch(
    /FER2013Train .*: 6 pictures, label by majority of the votes; 3 others/,
  );
  expect(description.validation).toMatch(/FER2013Valid .*: 6 pictures/);
  const all = await load('fer', { labels: 'argmax' });
  expect([all.train.length, all.valid!.length]).toEqual([9, 9]);
});

test('soft targets in training are scored by majority; a recipe may ask for them where there are votes', async () => {
  for (const options of [{ labels: 'distribution' }, { votes: 'distribution' }] as const) {
    const { train, valid } = await load('fer', options);
    expect([train.length, valid!.length]).toEqual([9, 6]);
    expect([train.hasTargets, valid!.hasTargets]).toEqual([true, false]);
  }
  expect((await load('folders', { votes: 'distribution' })).train.length).toBe(2);
  await expect(load('folders', { labels: 'argmax' })).rejects.toThrow(
    /class folders\) has labels and no votes/,
  );
});

test('streamed where that is asked for', async () => {
  const { train, valid } = await load('fer', { stream: true });
  expect(train).toBeInstanceOf(PictureStream);
  expect(valid).toBeInstanceOf(PictureStream);
  expect(await (train as PictureStream).picture(5)).toMatchObject({ width: 8, height: 8, channels: 1 });
});

test('RAF-DB has no validation part: it is set apart from the training part', async () => {
  const { train, valid, description, layout } = await load('raf', { valid: 0.5 });
  expect(layout).toBe('RAF-DB');
  expect([train.length, valid!.length]).toEqual([7, 7]);
  const names = [...(train as PictureSource).pictures, ...(valid as PictureSource).pictures].map(
    ({ name }) => name,
  );
  expect(names.every((name) => name.includes('train_'))).toBe(true);
  expect(description.validation).toBe('7 of them, drawn on the seed');
});

test("the paper varies 45 % of RAF-DB's pictures and half of FER+'s", () => {
  expect(augmentationOf('paper', 'RAF-DB')).toEqual(paperAugmentation(0.45));
  expect(augmentationOf('paper', 'FER+')).toEqual(paperAugmentation(0.5));
  expect(augmentationOf('none', 'RAF-DB')).toBeNull();
});

test('class folders: a part called test validates; --valid beside a validation part is refused', async () => {
  const { valid, description } = await load('folders');
  expect(valid!.length).toBe(2);
  expect(description.validation).toMatch(/test in the folder .*folders: 2 pictures of 2 classes/);
  await expect(load('fer', { valid: 0.2 })).rejects.toThrow(
    /validation part of its own, FER2013Valid in the folder/,
  );
});

test('one part alone is cut in two, or not', async () => {
  const { train, valid } = await load('fer/FER2013Train', { valid: 0.34 });
  expect([train.length, valid!.length]).toEqual([4, 2]);
  const whole = await load('fer/FER2013Train', { valid: 0 });
  expect([whole.train.length, whole.valid]).toEqual([6, null]);
  await expect(load('fer/FER2013Train', { valid: 0, batch: 7 })).rejects.toThrow(
    /6 training pictures.*--batch 6/,
  );
});
