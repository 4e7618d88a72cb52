import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import { openDataSet, partForTesting } from '../../src/node/open-data-set.ts';

import {
  type Files,
  ferPlus,
  ferPlusPart,
  labelCsv,
  put,
  readAll,
  refusal,
  root,
  tar,
  under,
  VOTES,
  withFolder,
  zip,
} from '../support/small-data-sets.ts';

withFolder();

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
  ])('only one part, as %s', async (_, make) => {
    const set = await readAll(await make(await ferPlusPart(7)));
    expect(set.read).toMatchObject([{ name: 'test', ...three(7) }]);
    expect(partForTesting(set).name).toBe('test');
    expect(set.description).toMatch(
      /FER\+: .*2 images, label by majority of the votes; 2 others have no label/,
    );
  });

  test('a part with another name is a separate part', async () => {
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

  test('missing and damaged images are skipped by name, with their labels and targets', async () => {
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
    expect(archived.read[0]!.skipped[0]!.reason).toMatch(/does not contain fer0\.png/);
  });

  test('a line of titles, a byte order mark, blank lines', async () => {
    const files = await ferPlusPart(7);
    files['label.csv'] =
      `\uFEFFImage name,Box,neutral,happiness\r\n\r\n${labelCsv({ 'fer2.png': VOTES.sad }, '\r\n')}`;
    expect((await readAll(await put(files, 'FER2013Test'))).read[0]!.labels).toEqual(['Sadness']);
  });

  test('a damaged table is rejected with the line', async () => {
    const rows = labelCsv({ 'fer1.png': VOTES.happy });
    const message = async (table: string) => {
      await put({ ...(await ferPlusPart(7)), 'label.csv': table }, 'FER2013Test');
      return refusal(join(root, 'FER2013Test'));
    };
    expect(await message(`${rows}fer2.png,"(0, 0, 48, 48)",1,2\n`)).toMatch(
      /label\.csv in the folder .*FER2013Test, line 2: expected a file name, a box and 10 vote counts .*got 4 fields/,
    );
    expect(await message(`${rows}fer2.png,box,${VOTES.sad.replace('8', '-8')}\n`)).toMatch(/line 2/);
    expect(await message(`${rows}fer2.png,"(0, 0`)).toMatch(/is not a CSV file/);
    expect(await message('')).toMatch(/label\.csv .* is empty/);
    expect(await message(labelCsv({ 'fer4.png': VOTES.unknown }))).toMatch(
      /none of the 1 images .* by majority/,
    );
  });

  test('labels without images, as in Microsoft’s repository', async () => {
    await put({ 'label.csv': labelCsv({ 'fer1.png': VOTES.happy }) }, 'data/FER2013Train');
    expect(await refusal(root)).toMatch(/no image with a label is there.*generate_training_data\.py/);
  });

  test('two folders for one part', async () => {
    await put(await ferPlusPart(1), 'a/FER2013Test');
    await put(await ferPlusPart(1), 'b/FER2013Test');
    expect(await refusal(root)).toMatch(/"a\/FER2013Test" and "b\/FER2013Test" are both the test part/);
    await rm(join(root, 'a'), { recursive: true });
    await rm(join(root, 'b'), { recursive: true });
    await put(await ferPlusPart(1), 'one');
    await put(await ferPlusPart(1), 'two');
    expect(await refusal(root)).toMatch(/their names do not tell which part/);
  });
});
