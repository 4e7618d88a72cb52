// Layouts other than FER+, and the message if none is found.
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import { openDataSet } from '../../src/node/open-data-set.ts';

import {
  type Files,
  ferPlus,
  png,
  put,
  readAll,
  refusal,
  root,
  tar,
  under,
  withFolder,
  zip,
} from '../support/small-data-sets.ts';

withFolder();

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

  test('missing faces, all or one; a damaged list; votes that do not exist', async () => {
    const files = await rafDb();
    delete files['basic/Image/aligned/train_00001_aligned.jpg'];
    const { read: parts } = await readAll(await put(files));
    expect(parts[0]!.skipped).toMatchObject([
      { name: 'Image/aligned/train_00001_aligned.jpg', reason: expect.stringMatching(/ENOENT/) },
    ]);
    // by default, which first estimates the memory of all images
    const set = await openDataSet(root);
    const { source, skipped } = await set.parts[0]!.load();
    expect([source.length, skipped.map(({ name }) => name)]).toEqual([1, [parts[0]!.skipped[0]!.name]]);
    expect(await refusal(root, { labels: 'argmax' })).toMatch(/\(RAF-DB\) has labels\. Omit it/);
    await put({ 'basic/EmoLabel/list_patition_label.txt': 'train_00001.jpg 5\ntrain_00002.jpg 8\n' });
    expect(await refusal(root)).toMatch(
      /line 2: expected a name and a label from 1 to 7.*got "train_00002\.jpg 8"/,
    );
    await rm(join(root, 'basic/Image'), { recursive: true });
    expect(await refusal(root)).toMatch(
      /no image Image\/aligned\/\*_aligned\.jpg\. Unpack Image\/aligned\.zip/,
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

  test('a class without a readable image, streamed or not', async () => {
    const path = await put({ 'a/1.png': await png(1), 'b/1.png': 'x' });
    for (const stream of [false, true]) {
      await expect(readAll(path, {}, stream)).rejects.toThrow(/class "b" has no readable image/);
    }
  });
});

describe('no data set', () => {
  test('the message lists the known layouts', async () => {
    expect(await refusal(join(root, 'nowhere'))).toMatch(/nowhere does not exist/);
    expect(await refusal('')).toBe('the path is empty. Pass the path of a folder or file.');
    expect(await refusal(join(root, 'nowhere'))).not.toMatch('looked for');
    expect(await refusal('no/where')).toMatch(`no/where does not exist (looked for ${resolve('no/where')})`);
    await put({ 'notes.txt': 'x' });
    const message = await refusal(root);
    for (const layout of [
      'FER2013Train',
      'fer2013new.csv',
      'list_patition_label.txt',
      'one subfolder per class',
    ]) {
      expect(message).toContain(layout);
    }
    expect(await refusal(join(root, 'notes.txt'))).toMatch(/is a file, but not a \.tar or \.zip/);
  });

  test('archives that are invalid, damaged, or cannot be read in any order', async () => {
    await put({ 'a.zip': 'not a zip', 'b.tar': 'x'.repeat(2000), 'c.tar.gz': 'x', 'd.tar': '' });
    expect(await refusal(join(root, 'a.zip'))).toMatch(/a\.zip is not a complete zip archive/);
    expect(await refusal(join(root, 'b.tar'))).toMatch(/b\.tar is not a complete tar archive/);
    expect(await refusal(join(root, 'c.tar.gz'))).toMatch(/Unpack it first/);
    expect(await refusal(join(root, 'd.tar'))).toMatch(/contains no files/);
    const whole = await readFile(await tar('e.tar', await ferPlus()));
    await put({ 'e.tar': whole.subarray(0, 3000) });
    expect(await refusal(join(root, 'e.tar'))).toMatch(
      /not a complete tar archive \(.*\. Download or create it again/,
    );
  });
});
