import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { labelCsv, put, readAll, refusal, root, VOTES, withFolder, zip } from '../support/small-data-sets.ts';

withFolder();

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

  test('rows are joined by position', async () => {
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

  test('a row whose pixels are not a square is skipped with its line', async () => {
    const broken = table().replace(pixels(21), '1 2 3').replace(pixels(24), pixels(24).replace('24', '299'));
    const { read: parts } = await readAll(await put({ 'fer2013.csv': broken, 'fer2013new.csv': votes() }));
    expect(parts[0]!.labels).toEqual(['Happy']);
    expect(parts[0]!.skipped).toEqual([
      {
        name: 'fer11.png (fer2013.csv, line 3)',
        reason: '3 pixels are not a square; FER-2013 has 48 x 48',
      },
      { name: 'row 5 (fer2013.csv, line 6)', reason: 'a pixel is not an integer from 0 to 255' },
    ]);
  });

  test('tables that do not belong together are rejected', async () => {
    const message = async (pixelTable: string, voteTable: string) =>
      refusal(await put({ 'fer2013.csv': pixelTable, 'fer2013new.csv': voteTable }));
    expect(await message(table(usages.slice(0, 4)), votes())).toMatch(/fer2013\.csv .* has 4 rows, but .* 5/);
    expect(await message(table(), votes(usages.slice(0, 4)))).toMatch(
      /line 6: .*same rows in the same order/,
    );
    expect(await message(table([...usages].reverse()), votes())).toMatch(
      /line 3: Usage differs \(got PrivateTest, but the same row of .*fer2013new\.csv .*has Training/,
    );
    expect(await message('a,b\n1,2\n', votes())).toMatch(
      /must name the columns emotion, pixels and Usage \(got a,b/,
    );
    expect(await message(table(), 'Usage\nTraining\n')).toMatch(
      /expected the columns Usage, Image name, neutral/,
    );
    await rm(join(root, 'fer2013new.csv'));
    expect(await refusal(root)).toMatch(/not fer2013new\.csv \(the votes of FER\+.*microsoft\/FERPlus/);
  });

  test('takes precedence over label.csv files without images', async () => {
    await put({ 'label.csv': labelCsv({ 'fer1.png': VOTES.happy }) }, 'data/FER2013Train');
    await put({ 'fer2013.csv': table(), 'fer2013new.csv': votes() });
    expect((await readAll(root)).layout).toBe("FER+ (Kaggle's csv)");
  });
});
