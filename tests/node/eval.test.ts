// `feathergrad eval` and `feathergrad predict`, run in this process on small sets with random weights.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { evalCommand } from '../../src/cli/eval.ts';
import { predictCommand } from '../../src/cli/predict.ts';
import { encodeWeights } from '../../src/formats/weights-file.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import {
  FerMobileNetV3,
  type FerMobileNetV3Options,
} from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { imagesToTensor } from '../../src/tensor/image.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { testDevice } from '../support/device.ts';
import { noise } from '../support/tiny-pictures.ts';

/** Pictures of the FER+ part, by the label that their votes give. */
const LABELS = ['Happy', 'Neutral', 'Anger', 'Happy', 'Fear', 'Sadness', 'Happy'] as const;
/** neutral, happiness, surprise, sadness, anger, disgust, fear, contempt */
const COLUMNS = ['Neutral', 'Happy', 'Surprise', 'Sadness', 'Anger', 'Disgust', 'Fear', 'Contempt'];

let folder = '';
const at = (...names: string[]) => join(folder, ...names);

function grey(seed: number, side = 48): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, i) => noise(i + 5003 * seed) / (1 + (i % side) / side));
}

async function writePng(path: string, seed: number, side = 48): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const picture = sharp(grey(seed, side), { raw: { width: side, height: side, channels: 1 } });
  await picture.toColourspace('b-w').png().toFile(path);
}

async function writeWeights(
  name: string,
  options: FerMobileNetV3Options,
  more: { dtype?: 'f16'; about?: Record<string, string> } = {},
): Promise<string> {
  const device = await testDevice();
  using model = new FerMobileNetV3({ inputSide: 32, momentum: 0.9, ...options }).to(device, { seed: 8 });
  // Running statistics of these pictures, and logits of a few units: else it would say the same of every picture.
  const pictures = Array.from({ length: 48 }, (_, i) => ({ width: 48, height: 48, data: grey(i) }));
  const form = { side: model.inputSide, mean: model.mean, std: model.std };
  const say = () => scope(() => noGrad(() => model.call(imagesToTensor(device, pictures, form))));
  for (let pass = 0; pass < 3; pass++) say().dispose();
  model.eval();
  using logits = say();
  const values = Array.from(await logits.data());
  const scale = 4 / Math.max(...values.map(Math.abs));
  const state = await model.stateDict();
  const last = 'classifier_2.2.weight';
  const entry = state.get(last)!;
  state.set(last, {
    ...entry,
    data: Float32Array.from(entry.data as Float32Array, (value) => scale * value),
  });
  await writeFile(at(name), encodeWeights(model, state, more));
  return at(name);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-eval-'));
  const rows: string[] = [];
  for (const [i, label] of LABELS.entries()) {
    await writePng(at('ferplus/FER2013Test', `fer${i}.png`), i);
    const votes = [...COLUMNS.map((name) => (name === label ? 10 : 0)), 0, 0];
    rows.push(`fer${i}.png,"(0, 0, 48, 48)",${votes.join(',')}\r\n`);
  }
  rows.push('fer99.png,"(0, 0, 48, 48)",5,5,0,0,0,0,0,0,0,0\r\n');
  await writeFile(at('ferplus/FER2013Test/label.csv'), rows.join(''));
  await writeWeights('plain.safetensors', {});
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a command writes to both outputs. */
async function run(command: Command, args: string[]): Promise<{ stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += text;
      return true;
    });
  }
  try {
    await command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseAsync(args, { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return written;
}

interface EvalResult {
  accuracy: number;
  macroF1: number;
  count: number;
  correct: number;
  interval: [number, number];
  crossEntropy: number;
  ece: number;
  perClass: { name: string; precision: number; recall: number; f1: number; support: number }[];
  confusion: number[][];
  parameters: number;
  macs: number;
  bytes: number;
  numbers: string;
  side: number;
  mirror: boolean;
  part: string;
  picturesPerSecond: number;
  skipped: { name: string; reason: string }[];
  leftOut: Record<string, number>;
  report: string | null;
}

async function evaluate(...args: string[]): Promise<EvalResult> {
  const { stdout } = await run(evalCommand(), [...args, '--json']);
  expect(stdout.trimEnd().split('\n').length).toBe(1);
  return JSON.parse(stdout) as EvalResult;
}

/** Probabilities of each picture of the part, one by one, by the library; `turned` mirrors them first. */
async function byHand(weights: string, turned = false): Promise<number[][]> {
  using model = await FerMobileNetV3.pretrained(await testDevice(), { weights: await readFile(weights) });
  const rows: number[][] = [];
  for (const i of LABELS.keys()) {
    const data = grey(i);
    if (turned) for (let row = 0; row < 48; row++) data.subarray(48 * row, 48 * (row + 1)).reverse();
    const found = await model.predict({ width: 48, height: 48, data });
    rows.push(FER_CLASSES.map((name) => found.find(({ label }) => label === name)!.probability));
  }
  return rows;
}

function expectFigures(result: EvalResult, rows: readonly number[][]): void {
  const said = rows.map((row) => FER_CLASSES[row.indexOf(Math.max(...row))]);
  const confusion = FER_CLASSES.map((truth) =>
    FER_CLASSES.map((other) => LABELS.filter((label, i) => label === truth && said[i] === other).length),
  );
  expect(result.confusion).toEqual(confusion);
  const right = LABELS.filter((label, i) => label === said[i]).length;
  expect([result.count, result.correct, result.accuracy]).toEqual([7, right, right / 7]);
  const loss = rows.reduce((sum, row, i) => sum - Math.log(row[FER_CLASSES.indexOf(LABELS[i]!)]!) / 7, 0);
  expect(result.crossEntropy).toBeCloseTo(loss, 3);
}

describe('feathergrad eval', () => {
  test('on the folder that holds the test part, and on the part itself, with no other flag', async () => {
    const weights = at('plain.safetensors');
    const rows = await byHand(weights);
    expect(new Set(rows.map((row) => row.indexOf(Math.max(...row)))).size).toBeGreaterThan(1);
    for (const data of [at('ferplus'), at('ferplus/FER2013Test')]) {
      const result = await evaluate('--data', data, '--weights', weights);
      expectFigures(result, rows);
      expect(result).toMatchObject({
        part: 'test',
        side: 32,
        mirror: false,
        parameters: 1_297_733,
        bytes: (await stat(weights)).size,
        numbers: 'f32',
        skipped: [],
        leftOut: {},
        report: null,
      });
      expect(result.perClass.map(({ name, support }) => [name, support])).toEqual([
        ['Surprise', 0],
        ['Fear', 1],
        ['Disgust', 0],
        ['Happy', 3],
        ['Sadness', 1],
        ['Anger', 1],
        ['Neutral', 1],
        ['Contempt', 0],
      ]);
      const [low, high] = result.interval;
      expect(low).toBeLessThan(result.accuracy);
      expect(high).toBeGreaterThan(result.accuracy);
      for (const share of [result.ece, result.macroF1]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      expect(result.macs).toBe(new FerMobileNetV3().summary(32).macs);
      expect(result.picturesPerSecond).toBeGreaterThan(0);
    }
  });

  test('side, normalisation, variant, number format and mirror are the file’s; flags win', async () => {
    const options = {
      variant: 'reduced-ca',
      inputSide: 40,
      mean: [0.5, 0.5, 0.5],
      std: [0.3, 0.3, 0.3],
    } as const;
    const weights = await writeWeights('other.safetensors', options, {
      dtype: 'f16',
      about: { testTimeMirror: 'true' },
    });
    const [rows, turned] = [await byHand(weights), await byHand(weights, true)];
    const mean = rows.map((row, i) => row.map((value, j) => (value + turned[i]![j]!) / 2));
    const result = await evaluate('--data', at('ferplus'), '--weights', weights);
    expect(result).toMatchObject({ side: 40, mirror: true, numbers: 'f16' });
    expectFigures(result, mean);
    const alone = await evaluate(
      '--data',
      at('ferplus'),
      '--weights',
      weights,
      '--no-mirror',
      '--batch',
      '3',
    );
    expect(alone.mirror).toBe(false);
    expectFigures(alone, rows);
    expect(Math.abs(alone.crossEntropy - result.crossEntropy)).toBeGreaterThan(1e-3);
  });

  test('as text', async () => {
    const args = ['--data', at('ferplus'), '--weights', at('plain.safetensors'), '--side', '40'];
    const { stdout } = await run(evalCommand(), args);
    for (const part of [
      /7 pictures, label by majority of the votes; 1 others? have none/,
      /accuracy {7}[\d.]+ % \(\d of 7; 95 % interval [\d.]+ % to [\d.]+ %\)/,
      /macro F1 {7}0\.\d{4}/,
      /calibration {4}ECE 0\.\d{4} \(15 bins\)/,
      /parameters {5}1,297,733/,
      /multiply-adds {2}[\d,]+ a picture of 40 x 40/,
      /weights .*plain\.safetensors, 5\.\d\d MB \(f32\)/,
      /speed {10}\d+ pictures a second/,
      /\n {10}precision {2}recall {5}F1 {2}pictures\nSurprise /,
      /\nRows are the truth/,
    ]) {
      expect(stdout).toMatch(part);
    }
  });

  test('a report that stands alone, with the worst mistakes and the attention maps', async () => {
    const result = await evaluate(
      ...['--data', at('ferplus'), '--weights', at('plain.safetensors'), '--report', at('report.html')],
    );
    expect(result.report).toBe(at('report.html'));
    const html = await readFile(at('report.html'), 'utf8');
    const { document } = parseHTML(html);
    const titles = [...document.querySelectorAll('h2')].map((title) => title.textContent);
    expect(titles).toEqual([
      'Confusion matrix',
      'Scores by class',
      'Calibration',
      'Its boldest mistakes',
      'Where it looks',
      'This evaluation',
    ]);
    expect(document.querySelector('h1')!.textContent).toContain('of 7 test pictures recognised');
    // a face and seven maps for each of five classes; a face and a map for each mistake
    expect(document.querySelectorAll('.maps img').length).toBe(5 * 8);
    expect(document.querySelectorAll('.faces img').length).toBe(2 * (7 - result.correct));
    const sources = [...document.querySelectorAll('img')].map((image) => image.getAttribute('src')!);
    expect(sources.every((source) => source.startsWith('data:image/webp;base64,'))).toBe(true);
    expect(new Set(sources).size).toBeGreaterThan(20);
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(html).not.toContain('<script');
  });

  test('class folders by other names; classes that the network does not know are counted', async () => {
    for (const [i, name] of ['sad', 'happiness', 'cat'].entries()) {
      await writePng(at('zoo', name, '1.png'), i, 30);
      await writePng(at('zoo', name, '2.png'), i + 9, 30);
    }
    await writeFile(at('zoo/sad/torn.png'), 'x');
    const args = ['--data', at('zoo'), '--weights', at('plain.safetensors')];
    const result = await evaluate(...args);
    expect(result).toMatchObject({ count: 4, leftOut: { cat: 2 }, part: 'all' });
    expect(result.skipped.map(({ name }) => name)).toEqual(['sad/torn.png']);
    const supports = result.perClass.filter(({ support }) => support > 0);
    expect(supports.map(({ name, support }) => [name, support])).toEqual([
      ['Happy', 2],
      ['Sadness', 2],
    ]);
    const { stderr } = await run(evalCommand(), args);
    expect(stderr).toMatch(/2 pictures of cat were left out: the network knows Surprise/);
    expect(stderr).toMatch(/1 picture was left out:\n {2}sad\/torn\.png: /);
  });

  test.each([
    ['a part that is not there', ['--part', 'valid'], /there is no valid part; found: test/],
    ['votes in another way', ['--labels', 'distribution'], /Allowed choices are majority, argmax/],
    [
      'weights that are not there',
      ['--weights', 'none.safetensors'],
      /none\.safetensors: there is no such file/,
    ],
    ['names that are too few', ['--classes', 'a,b'], /2 class names for a last layer of 8 outputs/],
    [
      'a report nowhere',
      ['--report', 'no/where/r.html'],
      /--report no\/where\/r\.html: the folder .* does not exist/,
    ],
    [
      'other classes altogether',
      ['--classes', 'a,b,c,d,e,f,g,h'],
      /the network knows none; it knows a, b, c/,
    ],
    ['a set that is not there', ['--data', 'nowhere'], /nowhere does not exist/],
  ])('refuses %s', async (_, more, message) => {
    const args = ['--data', at('ferplus'), '--weights', at('plain.safetensors'), ...more];
    await expect(run(evalCommand(), args)).rejects.toThrow(message);
  });
});

describe('feathergrad predict', () => {
  test('names class and probability of each; a file that is no picture does not stop the others', async () => {
    const weights = at('plain.safetensors');
    await writeFile(at('notes.png'), 'this is no picture');
    const picture = at('ferplus/FER2013Test/fer1.png');
    const files = [picture, at('notes.png'), at('missing.png'), folder, at('ferplus/FER2013Test/fer4.png')];
    const { stdout, stderr } = await run(predictCommand(), [...files, '--weights', weights, '--json']);
    expect(process.exitCode).toBe(1);
    const { predictions } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as {
      predictions: { file: string; label?: string; probability?: number; error?: string }[];
    };
    expect(predictions.map(({ file }) => file)).toEqual(files);
    const rows = await byHand(weights);
    for (const [row, found] of [
      [rows[1]!, predictions[0]!],
      [rows[4]!, predictions[4]!],
    ] as const) {
      const best = Math.max(...row);
      expect(found.label).toBe(FER_CLASSES[row.indexOf(best)]);
      expect(found.probability).toBeCloseTo(best, 4);
    }
    expect(predictions[1]!.error).toMatch(/unsupported image format/);
    expect(predictions[2]!.error).toBe('there is no such file');
    expect(predictions[3]!.error).toMatch(/is a folder; name the pictures in it/);
    expect(stderr).toMatch(/notes\.png +is no picture that can be read: .*unsupported/);
  });

  test('as text, mirrored, exit code 0', async () => {
    const weights = at('plain.safetensors');
    const picture = at('ferplus/FER2013Test/fer2.png');
    const { stdout } = await run(predictCommand(), [picture, '--weights', weights, '--mirror', '--top', '2']);
    expect(process.exitCode).toBeUndefined();
    const [rows, turned] = [await byHand(weights), await byHand(weights, true)];
    const mean = rows[2]!.map((value, i) => (value + turned[2]![i]!) / 2);
    const best = FER_CLASSES[mean.indexOf(Math.max(...mean))]!;
    expect(stdout).toMatch(new RegExp(`fer2\\.png {2}${best} [\\d.]+ %  \\(\\w+ [\\d.]+ %\\)\\n$`));
  });
});
