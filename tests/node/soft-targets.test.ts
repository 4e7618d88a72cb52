// Soft targets from a file: reading it, training with it, and the command that writes it.
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { targetsCommand } from '../../src/cli/targets/command.ts';
import { shift } from '../../src/cli/targets/shifted-views.ts';
import { makeTrainCommand } from '../../src/cli/train/command.ts';
import { loadTrainingData } from '../../src/cli/train/data.ts';
import { checkFlags, type TrainOptions } from '../../src/cli/train/options.ts';
import { DataError } from '../../src/data/data-error.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import { readSoftTargets, softTargetsText } from '../../src/node/soft-targets-file.ts';
import {
  at,
  byHand,
  LABELS,
  run,
  withEvaluatedPart,
  writePng,
  writeWeights,
} from '../support/evaluated-part.ts';

withEvaluatedPart();

async function write(name: string, text: string): Promise<string> {
  await writeFile(at(name), text);
  return at(name);
}

describe('readSoftTargets', () => {
  test('reads what softTargetsText writes, with names that need quotes', async () => {
    const rows = new Map([
      ['a.png', Float32Array.of(0.25, 0.75)],
      ['b, "c".png', Float32Array.of(1, 0)],
    ]);
    const path = await write('ok.csv', softTargetsText({ classNames: ['x', 'y, z'], rows }));
    expect(await readSoftTargets(path)).toEqual({ classNames: ['x', 'y, z'], rows, where: path });
  });

  test.each([
    ['', /no rows\. Expected a line "image,"/],
    ['image,x,y\n', /no rows/],
    ['name,x,y\na,1,0\n', /line 1: got name,x,y\. Expected a line "image,"/],
    ['image,x\na,1\n', /line 1: got image,x\. Expected/],
    ['image,x,x\na,1,0\n', /line 1: the class x occurs twice/],
    ['image,x,y\na,1,0\na,0,1\n', /line 3: a has a second row/],
    ['image,x,y\na,1\n', /line 2: a: got 1 probabilities, expected 2/],
    ['image,x,y\na,1,0,0\n', /line 2: a: got 3 probabilities, expected 2/],
    ['image,x,y\na,nan,1\n', /line 2, x: got "nan", expected a number from 0 to 1/],
    ['image,x,y\na,0,inf\n', /line 2, y: got "inf"/],
    ['image,x,y\na,0,1e999\n', /line 2, y: got "1e999"/],
    ['image,x,y\na,,1\n', /line 2, x: got ""/],
    ['image,x,y\na,-1,2\n', /line 2: a: got the probability -1/],
    ['image,x,y\na,0.5,0.4\n', /line 2: a: the probabilities sum to 0\.9, expected 1/],
    ['image,x,y\n,0.5,0.5\n', /line 2: the name of the image is empty/],
    ['image,x,y\n"a,0.5,0.5\n', /is not a CSV file: a quote is not closed/],
  ])('refuses %j', async (text, message) => {
    const path = await write('bad.csv', text);
    await expect(readSoftTargets(path)).rejects.toThrow(DataError);
    await expect(readSoftTargets(path)).rejects.toThrow(message);
  });

  test('names a file that does not exist and a folder', async () => {
    await expect(readSoftTargets(at('none.csv'))).rejects.toThrow(/none\.csv: the file does not exist/);
    await expect(readSoftTargets(at('ferplus'))).rejects.toThrow(/is not a file/);
  });
});

test('a shift moves the content by at least a pixel and repeats the edge', () => {
  const picture = {
    width: 3,
    height: 2,
    channels: 1 as const,
    data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    name: 'p',
  };
  expect([...shift(picture, 0.04, 0).data]).toEqual([1, 1, 2, 4, 4, 5]);
  expect([...shift(picture, -0.7, 0).data]).toEqual([3, 3, 3, 6, 6, 6]);
  expect([...shift(picture, 0, 0.5).data]).toEqual([1, 2, 3, 1, 2, 3]);
  expect([...shift(picture, 0, -0.5).data]).toEqual([4, 5, 6, 4, 5, 6]);
});

describe('feathergrad targets', () => {
  test('writes the mean over networks, mirror images and temperature, as the networks compute it one by one', async () => {
    const weights = [at('plain.safetensors'), await writeWeights('mirror.safetensors', { mirror: true })];
    const args = ['--data', at('ferplus/FER2013Test'), '--out', at('targets.csv'), '--weights', ...weights];
    const { stdout } = await run(targetsCommand(), [...args, '--temperature', '2', '--json']);
    // the image without a majority is included, for the other label rules
    expect(JSON.parse(stdout)).toMatchObject({
      images: 7,
      views: 3,
      classNames: FER_CLASSES,
      skipped: [{ name: 'fer99.png' }],
    });
    const soft = (row: readonly number[]) => {
      const roots = row.map(Math.sqrt);
      return roots.map((value) => value / roots.reduce((a, b) => a + b));
    };
    const [plain, own, turned] = [
      await byHand(weights[0]!),
      await byHand(weights[1]!),
      await byHand(weights[1]!, true),
    ];
    const { rows } = await readSoftTargets(at('targets.csv'));
    for (const i of LABELS.keys()) {
      const pair = own[i]!.map((value, k) => (value + turned[i]![k]!) / 2);
      const expected = soft(plain[i]!).map((value, k) => (value + 2 * soft(pair)[k]!) / 3);
      rows.get(`fer${i}.png`)!.forEach((value, k) => {
        expect(value).toBeCloseTo(expected[k]!, 4);
      });
    }
    await expect(run(targetsCommand(), args)).rejects.toThrow(/--out: .*targets\.csv exists\. Add --force/);
  }, 60_000);

  test('refuses a network without the classes of the images, and options out of range', async () => {
    for (const [i, name] of ['cat', 'dog'].entries()) await writePng(at('pets', name, '1.png'), i);
    const args = ['--data', at('pets'), '--out', at('pets.csv'), '--weights', at('plain.safetensors')];
    await expect(run(targetsCommand(), args)).rejects.toThrow(
      /plain\.safetensors: the network has the classes Surprise.*but the images have cat, dog/,
    );
    for (const [flag, value] of [
      ['--temperature', '0'],
      ['--shift', '0.6'],
    ]) {
      await expect(run(targetsCommand(), [...args, flag!, value!])).rejects.toThrow(/expected a number/);
    }
  });
});

describe('feathergrad train --targets', () => {
  const how = { signal: new AbortController().signal, onProgress: () => {} };
  const row = (name: string) => `${name},${FER_CLASSES.map((c) => (c === 'Fear' ? 1 : 0)).join(',')}\n`;
  const table = (...names: string[]) => `image,${FER_CLASSES.join(',')}\n${names.map(row).join('')}`;
  const load = (more: Partial<TrainOptions>) =>
    loadTrainingData({ typed: {}, data: at('ferplus/FER2013Test'), ...more }, how);

  test('blends labels and rows, in memory and streamed', async () => {
    const targets = await write(
      'fear.csv',
      table(...['x.png', ...LABELS.keys()].map((i) => (i === 'x.png' ? i : `fer${i}.png`))),
    );
    for (const stream of [false, true]) {
      const { train, description } = await load({
        targets,
        targetsWeight: 0.25,
        stream,
        typed: { validationSplit: 0 },
      });
      expect([train instanceof PictureStream, train.hasTargets]).toEqual([stream, true]);
      expect(description.images).toMatch(/1 rows of .*fear\.csv are of other images/);
      const { distributions } = train as PictureStream;
      expect([...distributions!.subarray(0, 8)]).toEqual(
        FER_CLASSES.map((c) => ({ Happy: 0.75, Fear: 0.25 })[c as string] ?? 0),
      );
    }
    const half = await load({ targets, typed: { validationSplit: 0.4 } });
    expect([half.train.hasTargets, half.valid!.hasTargets]).toEqual([true, false]);
  });

  test('refuses a file without all training images, and flags that contradict each other', async () => {
    await expect(load({ targets: await write('few.csv', table('fer0.png')) })).rejects.toThrow(
      /few\.csv: \d of \d images have no row; the first is fer\d\.png/,
    );
    expect(() => checkFlags({ typed: {}, data: 'd', targetsWeight: 0.5 })).toThrow(
      /--targets-weight 0\.5 is the weight of soft targets\. Add --targets/,
    );
    expect(() => checkFlags({ typed: {}, targets: 't.csv' })).toThrow(
      /--targets t\.csv is for your own images\. Add --data/,
    );
    const seen: TrainOptions[] = [];
    const command = () => makeTrainCommand((options) => void seen.push(options));
    const parse = (...args: string[]) => run(command(), args);
    await parse('--data', 'd', '--targets', 't.csv', '--targets-weight', '0.75');
    expect(seen).toMatchObject([{ data: 'd', targets: 't.csv', targetsWeight: 0.75 }]);
    await expect(parse('--targets-weight', '2')).rejects.toThrow(/expected a number from 0 to 1/);
  });
});
