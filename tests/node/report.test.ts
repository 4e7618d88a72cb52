import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import type { ReportEpoch, TrainingReport } from '../../src/cli/report/data.ts';
import { pngDataUrl } from '../../src/cli/report/png-data-url.ts';
import { trainingReport } from '../../src/cli/report/training-report.ts';

const face = pngDataUrl({ width: 2, height: 2, channels: 1, data: new Uint8Array([0, 90, 180, 255]) });

function epochs(count: number, change: Partial<ReportEpoch> = {}): ReportEpoch[] {
  return Array.from({ length: count }, (_, i) => ({
    epoch: i + 1,
    trainLoss: 2 / (i + 1),
    validLoss: 2.2 / (i + 1),
    parts: { crossEntropy: 1.8 / (i + 1), center: 0.5 / (i + 1) },
    trainAccuracy: i / count,
    validAccuracy: (0.9 * i) / count,
    learningRate: 10 ** -(3 + Math.floor((3 * i) / count)),
    ...change,
  }));
}

function report(change: Partial<TrainingReport> = {}): TrainingReport {
  return {
    title: 'A run',
    command: 'npx feathergrad train --epochs 3',
    config: { size: 48, augment: true, optimizer: 'Adam' },
    adapter: 'a GPU',
    seconds: 272,
    imagesPerSecond: 345.6,
    epochs: epochs(3),
    bestEpoch: 2,
    classNames: ['Happy', 'Sad'],
    confusion: [
      [9, 1],
      [0, 10],
    ],
    samples: [
      { image: face, truth: 'Happy', predicted: 'Happy', probability: 0.97 },
      { image: face, truth: 'Sad', predicted: 'Happy', probability: 0.51 },
    ],
    parameters: 1297733,
    macs: 9659528,
    ...change,
  };
}

const page = (change: Partial<TrainingReport> = {}) => parseHTML(trainingReport(report(change))).document;
const textOf = (change: Partial<TrainingReport> = {}) => page(change).body.textContent!.replace(/\s+/g, ' ');

describe('trainingReport', () => {
  test('states accuracy, time, speed, size, adapter, configuration and command', () => {
    const text = textOf();
    for (const part of [
      'A run',
      '95.0 % of 20 validation images',
      'duration4 min 32 s',
      'images per second346',
      'epoch kept2 of 3',
      'parameters1,297,733',
      '9.66M',
      'Trained on a GPU',
      'optimizerAdam',
      'augmenttrue',
      'npx feathergrad train --epochs 3',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('four charts, each for wide and narrow layouts, with a readable value at every epoch', () => {
    const figures = [...page().querySelectorAll('figure')];
    expect(figures.map((figure) => figure.querySelector('b')!.textContent)).toEqual([
      'Accuracy',
      'Loss',
      'Training loss by part',
      'Learning rate',
    ]);
    for (const figure of figures) expect(figure.querySelectorAll('svg[role=img]').length).toBe(2);
    const titles = [...figures[0]!.querySelectorAll('.wide title')].map((title) => title.textContent);
    expect(titles).toContain('epoch 2: validation 30.0 %');
    expect(titles.length).toBe(6);
  });

  test('confusion matrix with counts and shares of the row', () => {
    const cells = [...page().querySelectorAll('.confusion tbody td')];
    expect(cells.map((cell) => cell.textContent)).toEqual(['990 %', '110 %', '10', '0', '10100 %', '10']);
    expect(cells.map((cell) => cell.getAttribute('class'))).toEqual([
      'right strong',
      'wrong',
      'sum',
      'none',
      'right strong',
      'sum',
    ]);
    expect(cells[1]!.getAttribute('title')).toBe('Happy predicted as Sad: 1 of 10');
  });

  test('scores by class and faces with truth and prediction', () => {
    const document = page();
    const figures = [...document.querySelectorAll('.scores .figure')].map((figure) => figure.textContent);
    expect(figures).toEqual(['90.0 %', '100 %', '94.7 %', '100 %', '90.9 %', '95.2 %']);
    const faces = [...document.querySelectorAll('.faces li')];
    expect(faces.map((item) => item.textContent)).toEqual(['✓ Happy97 % sure', '✗ Happyis Sad']);
    expect(faces[0]!.querySelector('img')!.getAttribute('src')).toBe(face);
  });

  test('the most confident mistakes have a separate section, if there are any', () => {
    const mistakes = [{ image: face, truth: 'Sad', predicted: 'Happy', probability: 0.99 }];
    const sections = (document: ReturnType<typeof page>) =>
      [...document.querySelectorAll('h2')].map((heading) => heading.textContent);
    expect(sections(page())).not.toContain('Most confident mistakes');
    const document = page({ mistakes });
    expect(sections(document)).toContain('Most confident mistakes');
    const last = [...document.querySelectorAll('.faces')].at(-1)!;
    expect(last.textContent.trim()).toBe('✗ Happyis Sad');
    const remote = [{ ...mistakes[0]!, image: '//example.org/a.png' }];
    expect(() => trainingReport(report({ mistakes: remote }))).toThrow(/is not a data URL/);
  });

  test('states what was counted if there was no validation', () => {
    const text = textOf({ confusionOf: 'training' });
    expect(text).toContain('of 20 training images recognized');
    expect(text).toContain('Training faces');
    expect(text).not.toContain('validation images');
    expect(textOf()).toContain('Validation faces (never trained on)');
  });

  test('a stepwise rate has a logarithmic axis, a smooth one an axis from zero', () => {
    const ticks = (rates: number[]) => {
      const curve = rates.map((learningRate, i) => ({ ...epochs(1)[0]!, epoch: i + 1, learningRate }));
      const figure = page({ epochs: curve }).querySelectorAll('figure')[3]!;
      return [...figure.querySelectorAll('.wide text')].map((label) => label.textContent);
    };
    expect(ticks([1e-3, 1e-3, 1e-4, 1e-5])).toEqual(expect.arrayContaining(['1e-3', '1e-4', '1e-5']));
    expect(ticks([4e-3, 3e-3, 2e-3, 1e-3, 1e-6])).toEqual(expect.arrayContaining(['0', '0.004']));
    expect(ticks([2e-3, 2e-3])).toContain('0.002');
  });

  test('one spike of the loss does not flatten the rest of its curve', () => {
    const losses = [120, 2, 1.5, 1, 0.8, 0.6, 0.5, 0.4];
    const curve = losses.map((validLoss, i) => ({ ...epochs(1)[0]!, epoch: i + 1, trainLoss: 1, validLoss }));
    const figures = [...page({ epochs: curve }).querySelectorAll('figure')];
    const loss = figures.find((figure) =>
      figure.querySelector('figcaption')?.textContent?.startsWith('Loss'),
    );
    const ticks = [...loss!.querySelectorAll('.wide text')].map((label) => Number(label.textContent));
    const numbers = ticks.filter((tick) => !Number.isNaN(tick)); // the other axis counts eight epochs
    expect(numbers).toContain(8);
    expect(Math.max(...numbers)).toBeLessThan(10);
  });

  test('needs no network and no script', () => {
    const html = trainingReport(report());
    expect(html).not.toMatch(/<script|<link|@import|url\(|src="(?!data:)/);
    const addresses = html.match(/https?:[^"'\s<]+/g) ?? [];
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
  });

  test('escapes every external text', () => {
    const evil = '<img src=x onerror="alert(1)">\'&';
    const html = trainingReport(
      report({
        title: evil,
        command: evil,
        adapter: evil,
        config: { [evil]: evil },
        classNames: [evil, 'Sad'],
        samples: [{ image: face, truth: evil, predicted: evil, probability: 0.5 }],
      }),
    );
    expect(html).not.toContain('<img src=x');
    expect(html).not.toContain('onerror="');
  });

  test.each([
    ['one epoch', { epochs: epochs(1), bestEpoch: 1 }],
    ['a hundred epochs', { epochs: epochs(100), bestEpoch: 100 }],
    [
      'no validation',
      {
        epochs: epochs(3, { validLoss: null, validAccuracy: null }),
        confusion: [
          [0, 0],
          [0, 0],
        ],
      },
    ],
    [
      'infinite and missing numbers',
      { epochs: epochs(3, { trainLoss: Number.POSITIVE_INFINITY, validLoss: Number.NaN }) },
    ],
    [
      'all zero',
      {
        epochs: epochs(2, {
          trainLoss: 0,
          validLoss: 0,
          parts: { crossEntropy: 0, center: 0 },
          learningRate: 0,
          trainAccuracy: 0,
          validAccuracy: 0,
        }),
      },
    ],
    ['perfect', { epochs: epochs(4, { trainAccuracy: 1, validAccuracy: 1 }) }],
    ['no faces', { samples: [] }],
    ['long', { seconds: 100_000 }],
    ['a class of that name twice in short form', { classNames: ['Happy', 'Happier'] }],
  ] satisfies [string, Partial<TrainingReport>][])('%s', (_, change) => {
    const html = trainingReport(report(change));
    expect(html).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test('the headline states that there was no validation', () => {
    const text = textOf({
      confusion: [
        [0, 0],
        [0, 0],
      ],
    });
    expect(text).toContain('of the training images recognized; none were held out for validation');
    expect(text).not.toContain('Confusion matrix');
  });

  test('the parts of the loss are shown by name; a loss of one part has no such chart', () => {
    const titles = (change: Partial<ReportEpoch>) =>
      [...page({ epochs: epochs(3, change) }).querySelectorAll('figure')].map(
        (figure) => figure.textContent!,
      );
    const parts = titles({ parts: { crossEntropy: 1, pullOfTheCenters: 2 } })[2];
    for (const text of ['Training loss by part', 'cross entropy', 'pull of the centers']) {
      expect(parts).toContain(text);
    }
    for (const alone of [{}, { crossEntropy: 1 }] as Record<string, number>[]) {
      expect(titles({ parts: alone }).join()).not.toContain('by part');
    }
  });

  test('errors', () => {
    expect(() => trainingReport(report({ epochs: [] }))).toThrow(/no epoch/);
    expect(() => trainingReport(report({ classNames: ['a'] }))).toThrow(/got 2 rows, expected 1/);
    const samples = [{ image: 'https://example.org/a.png', truth: 'a', predicted: 'a', probability: 1 }];
    expect(() => trainingReport(report({ samples }))).toThrow(/is not a data URL/);
  });
});
