import { readFile, stat, writeFile } from 'node:fs/promises';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { evalCommand } from '../../src/cli/eval/command.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { testDevice } from '../support/device.ts';
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

interface EvalResult {
  accuracy: number;
  macroF1: number;
  count: number;
  correct: number;
  interval: [number, number];
  crossEntropy: number;
  ece: number;
  eceWithTemperature: number;
  temperature: number;
  perClass: { name: string; precision: number; recall: number; f1: number; support: number }[];
  confusion: number[][];
  parameters: number;
  macs: number;
  bytes: number;
  numbers: string;
  side: number;
  mirror: boolean;
  activations: string;
  part: string;
  imagesPerSecond: number;
  skipped: { name: string; reason: string }[];
  leftOut: Record<string, number>;
  report: string | null;
  duplicates: { same: number; mirrored: number } | null;
  warnings: string[];
}

async function evaluate(...args: string[]): Promise<EvalResult> {
  const { stdout } = await run(evalCommand(), [...args, '--json']);
  expect(stdout.trimEnd().split('\n').length).toBe(1);
  return JSON.parse(stdout) as EvalResult;
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
  test('on the folder that contains the test part, and on the part itself, without other flags', async () => {
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
      expect(result.temperature).toBeGreaterThan(0);
      for (const share of [result.ece, result.eceWithTemperature, result.macroF1]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      expect(result.macs).toBe(new FerMobileNetV3().summary(32).macs);
      expect(result.imagesPerSecond).toBeGreaterThan(0);
    }
  });

  test('side, normalization, variant, number format and mirror come from the file; flags override them', async () => {
    const options = {
      variant: 'reduced-ca',
      side: 40,
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

  test('with activations in half precision, or with the reason why not', async () => {
    const args = ['--data', at('ferplus'), '--weights', at('plain.safetensors')];
    const device = await testDevice();
    if (!device.features.has('shader-f16')) {
      await expect(evaluate(...args, '--half')).rejects.toThrow(/shader-f16, which this adapter/);
      return;
    }
    const [single, half] = [await evaluate(...args), await evaluate(...args, '--half')];
    expect([single.activations, half.activations]).toEqual(['f32', 'f16']);
    expect(half.crossEntropy).not.toBe(single.crossEntropy);
    expect(half.crossEntropy).toBeCloseTo(single.crossEntropy, 2);
  });

  test('as text', async () => {
    const args = ['--data', at('ferplus'), '--weights', at('plain.safetensors')];
    const { stdout } = await run(evalCommand(), [...args, '--side', '40']);
    const again = await run(evalCommand(), [...args, '--size', '40']);
    expect(again.stdout.replace(/\nspeed .*/, '')).toBe(stdout.replace(/\nspeed .*/, ''));
    for (const part of [
      /7 images, label by majority of the votes; 1 others? have no label/,
      /accuracy {7}[\d.]+ % \(\d of 7; 95 % interval [\d.]+ % to [\d.]+ %\)/,
      /macro F1 {7}0\.\d{4}/,
      /calibration {4}ECE 0\.\d{4} \(15 bins\)/,
      /parameters {5}1,297,733/,
      /multiply-adds {2}[\d,]+ per image of 40 x 40/,
      /weights .*plain\.safetensors, 5\.\d\d MB \(f32\)/,
      /speed {10}\d+ images per second, activations in f32, on /,
      /\n {10}precision {2}recall {5}F1 {2}images\nSurprise /,
      /\nRows are true classes/,
    ]) {
      expect(stdout).toMatch(part);
    }
  });

  test('a self-contained report, with the worst mistakes and the attention maps', async () => {
    const result = await evaluate(
      ...['--data', at('ferplus'), '--weights', at('plain.safetensors'), '--report', at('report.html')],
    );
    expect(result.report).toBe(at('report.html'));
    const html = await readFile(at('report.html'), 'utf8');
    const { document } = parseHTML(html);
    const titles = [...document.querySelectorAll('h2')].map((title) => title.textContent);
    expect(titles).toEqual([
      'Confusion matrix',
      'Scores per class',
      'Calibration',
      'Most confident mistakes',
      'Attention maps',
      'This evaluation',
    ]);
    expect(document.querySelector('h1')!.textContent).toContain('of 7 test images recognized');
    // a face and seven maps for each of five classes; a face and a map for each mistake
    expect(document.querySelectorAll('.maps img').length).toBe(5 * 8);
    expect(document.querySelectorAll('.faces img').length).toBe(2 * (7 - result.correct));
    const sources = [...document.querySelectorAll('img')].map((image) => image.getAttribute('src')!);
    expect(sources.every((source) => source.startsWith('data:image/webp;base64,'))).toBe(true);
    expect(new Set(sources).size).toBeGreaterThan(20);
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(html).not.toContain('<script');
  });

  test('images that are also in the training part are counted; --no-duplicates reports that they were not compared', async () => {
    await writePng(at('twice/train/happy/a.png'), 90);
    await writePng(at('twice/train/sad/b.png'), 160);
    await writePng(at('twice/test/happy/c.png'), 90);
    await writePng(at('twice/test/sad/d.png'), 30);
    const args = ['--data', at('twice'), '--weights', at('plain.safetensors')];
    const page = at('twice.html');
    const result = await evaluate(...args, '--report', page);
    expect(result.duplicates).toMatchObject({
      same: 1,
      mirrored: 0,
      repeatsInTraining: 0,
      repeatsInOther: 0,
    });
    expect(result.warnings[0]).toContain('1 of 2 test images are also training images');
    expect(await readFile(page, 'utf8')).toContain('1 of 2 test images are also training images');
    const without = await evaluate(...args, '--no-duplicates');
    expect(without.duplicates).toBeNull();
    expect(without.warnings.join()).toContain('were not compared with the training images: --no-duplicates');
  });

  test('class folders with other names; classes that the network does not have are counted', async () => {
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
    expect(stderr).toMatch(/2 images of cat were skipped: the network's classes are Surprise/);
    expect(stderr).toMatch(/1 image was skipped:\n {2}sad\/torn\.png: /);
  });

  test.each([
    ['a missing part', ['--part', 'valid'], /there is no valid part \(found test/],
    ['an unknown rule for votes', ['--labels', 'distribution'], /Allowed choices are majority, argmax/],
    ['missing weights', ['--weights', 'none.safetensors'], /none\.safetensors: the file does not exist/],
    ['an empty name', ['--classes', 'a,b,c,d,e,f,g,'], /expected two or more names, separated by commas/],
    ['a name twice', ['--classes', 'a,b,c,d,e,f,g,a'], /expected each name once, got "a" twice/],
    ['too few names', ['--classes', 'a,b'], /2 class names, but the last layer has 8 outputs/],
    [
      'a report nowhere',
      ['--report', 'no/where/r.html'],
      /--report no\/where\/r\.html: the folder .* does not exist/,
    ],
    ['a folder as the report', ['--report', 'src'], '--report: src is a folder. Add the name of a file.'],
    [
      'entirely different classes',
      ['--classes', 'a,b,c,d,e,f,g,h'],
      /none of which the network has \(it has a, b, c/,
    ],
    ['a missing data set', ['--data', 'nowhere'], /nowhere does not exist/],
  ])('rejects %s', async (_, more, message) => {
    const args = ['--data', at('ferplus'), '--weights', at('plain.safetensors'), ...more];
    await expect(run(evalCommand(), args)).rejects.toThrow(message);
  });
});
