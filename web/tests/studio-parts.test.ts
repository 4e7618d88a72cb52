// Parts of the studio that need no browser.
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { fileName } from '../src/lib/file-name.ts';
import { PRESETS, stagesFor, withTenthOfRate } from '../src/studio/plan.ts';
import {
  classNameProblem,
  fingerprintOf,
  freeName,
  hasBackground,
  newProject,
  type PlanChoice,
  type Shot,
} from '../src/studio/project.ts';
import { sureFrom, thresholdFor } from '../src/studio/sure.ts';
import { copyOf, packProject, unpackProject } from '../src/studio/transfer-file.ts';
import { forColors } from '../src/studio/worker/color-weights.ts';
import { Turns } from '../src/studio/worker/turns.ts';
import { squareOf } from '../src/train/worker/square.ts';

const planOf = (change: Partial<PlanChoice>): PlanChoice => ({
  preset: 'quick',
  start: 'shipped',
  changes: {},
  ...change,
});

describe('plans', () => {
  test('Quick and Careful train the head first, then everything at a lower rate; the others only everything', () => {
    for (const [preset] of PRESETS) {
      const stages = stagesFor(planOf({ preset }), 60);
      const parts = stages.map(({ recipe }) => recipe.train);
      expect(parts, preset).toEqual(preset === 'quick' || preset === 'careful' ? ['head', 'all'] : ['all']);
      const rates = stages.map(({ recipe }) => recipe.learningRate ?? 0);
      expect(
        rates.every((rate, i) => rate <= (rates[i - 1] ?? 1)),
        preset,
      ).toBe(true);
    }
  });

  test('batch, epochs and patience follow the number of pictures', () => {
    for (const pictures of [4, 6, 10, 25, 60, 300, 5000]) {
      for (const [preset] of PRESETS) {
        for (const { recipe } of stagesFor(planOf({ preset }), pictures)) {
          const { batch = 0, epochs = 0, earlyStop = 0, validationSplit = 0 } = recipe;
          const training = Math.floor(pictures * (1 - validationSplit));
          expect(batch, `${preset}, ${pictures} pictures`).toBeGreaterThanOrEqual(2);
          expect(batch).toBeLessThanOrEqual(Math.max(2, training));
          expect(epochs).toBeGreaterThanOrEqual(2);
          expect(Number.isInteger(earlyStop)).toBe(true);
        }
      }
    }
    const [few, many] = [20, 2000].map((pictures) => stagesFor(planOf({}), pictures)[1]?.recipe.epochs ?? 0);
    expect(few).toBeGreaterThan(many as number);
  });

  test('another network, random weights or a chosen part have no stage of the head', () => {
    const plans: Partial<PlanChoice>[] = [
      { start: 'random' },
      { changes: { model: 'resnet20' } },
      { changes: { variant: 'reduced' } },
      { changes: { train: 'last-blocks' } },
    ];
    for (const plan of plans) expect(stagesFor(planOf(plan), 60).length, JSON.stringify(plan)).toBe(1);
    expect(
      stagesFor(planOf({ start: 'file', preset: 'careful', changes: { model: 'resnet20' } }), 60).length,
    ).toBe(2);
  });

  test('settings that a recipe rejects together are left out', () => {
    const recipe = stagesFor(
      planOf({ changes: { validationSplit: 0, center: 'released', lambda: 0 } }),
      60,
    )[1]?.recipe;
    expect(recipe).not.toHaveProperty('earlyStop');
    expect(recipe).not.toHaveProperty('center');
    expect(
      stagesFor(planOf({ preset: 'paper', changes: { model: 'resnet20' } }), 60)[0]?.recipe,
    ).not.toHaveProperty('variant');
  });

  test('a run that diverged continues with a tenth of the rate, and again with a tenth of that', () => {
    const once = withTenthOfRate(planOf({}), 60);
    expect(once.changes.learningRate).toBeCloseTo(1e-4, 12);
    expect(withTenthOfRate(once, 60).changes.learningRate).toBeCloseTo(1e-5, 12);
  });
});

describe('names', () => {
  test('a class name is not empty and not taken, in any case', () => {
    const { classes } = newProject('x', ['Cup', 'Ball']);
    expect(classNameProblem('  ', classes)).toMatch(/Enter a name/);
    expect(classNameProblem(' cup ', classes)).toMatch(/“Cup” already exists/);
    expect(classNameProblem('cup', classes, classes[0]?.id)).toBeNull();
    expect(freeName('Cup', ['cup', 'Cup 2'])).toBe('Cup 3');
  });

  test('file names keep letters of all languages and nothing that a file system refuses', () => {
    expect(fileName(' Grüße/日本: <x> ')).toBe('Grüße-日本-x');
    expect(fileName('../..')).toBe('untitled');
  });
});

const shot = (project: string, classId: string, at: number): Shot => ({
  id: `s${at}`,
  project,
  classId,
  name: 'a.jpg',
  picture: new Blob([new Uint8Array([at, 1, 2])]),
  width: 4,
  height: 3,
  at,
});

describe('projects as files', () => {
  const project = newProject('Toys', ['Cup', 'Ball/2']);
  const shots = project.classes.map(({ id }, i) => shot(project.id, id, i + 1));
  const whole = {
    project,
    shots,
    model: { project: project.id, bytes: new Uint8Array([7, 8]) },
    start: undefined,
  };

  test('a project survives export and import, under a new id and a free name', async () => {
    const read = await unpackProject(await packProject(whole), ['toys']);
    expect(read.project).toMatchObject({ name: 'Toys 2', classes: project.classes, plan: project.plan });
    expect(read.project.id).not.toBe(project.id);
    expect(read.shots.map(({ classId, at }) => [classId, at])).toEqual(
      shots.map(({ classId, at }) => [classId, at]),
    );
    expect(new Uint8Array(await (read.shots[1] as Shot).picture.arrayBuffer())).toEqual(
      new Uint8Array([2, 1, 2]),
    );
    expect(read.shots.every((one) => one.project === read.project.id && one.id !== shots[0]?.id)).toBe(true);
    expect(read.model?.bytes).toEqual(new Uint8Array([7, 8]));
    expect(fingerprintOf(read.project, read.shots)).toBe(fingerprintOf(project, shots));
  });

  test('a copy has other ids; a change of its pictures is noticed', () => {
    const copy = copyOf(whole, ['Toys copy']);
    expect(copy.project.name).toBe('Toys copy 2');
    expect(fingerprintOf(copy.project, copy.shots)).toBe(fingerprintOf(project, shots));
    expect(fingerprintOf(copy.project, copy.shots.slice(1))).not.toBe(fingerprintOf(project, shots));
  });

  test('files that are no project, torn, newer or incomplete are refused with the reason', async () => {
    const zipped = (files: Record<string, string>) =>
      new Blob([
        zipSync(
          Object.fromEntries(
            Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)]),
          ),
        ) as Uint8Array<ArrayBuffer>,
      ]);
    const about = { feathergradProject: 1, project, shots: [{ ...shots[0], path: 'gone.jpg' }] };
    const cases: [Blob, RegExp][] = [
      [new Blob(['not a zip']), /not a project of the studio/],
      [(await packProject(whole)).slice(0, 200), /not a project of the studio/],
      [zipped({ 'a.txt': 'x' }), /not a project of the studio/],
      [zipped({ 'project.json': '{"a":' }), /not a project of the studio/],
      [zipped({ 'project.json': 'null' }), /not a project of the studio/],
      [zipped({ 'project.json': JSON.stringify({ ...about, feathergradProject: 2 }) }), /newer version/],
      [zipped({ 'project.json': JSON.stringify(about) }), /gone\.jpg is missing/],
    ];
    for (const [file, reason] of cases) await expect(unpackProject(file, [])).rejects.toThrow(reason);
  });
});

describe('sure', () => {
  test.each([
    ['too few pictures', [0.99, 0.99, 0.99], 0.6],
    ['all certain', new Array(20).fill(1), 0.95],
    ['nine of ten reach it', [0.2, 0.7, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86, 0.87], 0.7],
    ['never below the lowest', [0.3, 0.4, 0.5, 0.5, 0.5, 0.6, 0.6, 0.6], 0.6],
    ['not a number', new Array(9).fill(Number.NaN), 0.6],
  ])('%s', (_, probabilities, expected) => {
    expect(thresholdFor(probabilities)).toBe(expected);
  });

  test('a stored threshold is used within its limits', () => {
    expect([0.8, 7, 0.1, Number.NaN, '0.9', undefined].map(sureFrom)).toEqual([
      0.8, 0.95, 0.6, 0.6, 0.6, 0.6,
    ]);
  });

  test('a background class is known by its mark or by its name', () => {
    const named = (name: string, isBackground = false) => [{ id: 'a', name, isBackground }];
    expect(hasBackground(named('Nothing'))).toBe(true);
    expect(hasBackground(named('background 2'))).toBe(true);
    expect(hasBackground(named('Nichts', true))).toBe(true);
    expect(hasBackground(named('Nothingness'))).toBe(false);
    expect(hasBackground(named('Cup'))).toBe(false);
  });
});

test('folder images are cropped to the central square, whatever their format', () => {
  const data = Uint8Array.from({ length: 2 * 5 * 3 }, (_, i) => i);
  const wide = squareOf({ width: 5, height: 2, channels: 3, data, name: 'wide' });
  expect([wide.width, wide.height, wide.name]).toEqual([2, 2, 'wide']);
  expect([...wide.data]).toEqual([3, 4, 5, 6, 7, 8, 18, 19, 20, 21, 22, 23]);
  const high = squareOf({ width: 1, height: 3, channels: 1, data: Uint8Array.of(1, 2, 3), name: 'high' });
  expect([...high.data]).toEqual([2]);
  const square = { width: 2, height: 2, channels: 1 as const, data: Uint8Array.of(1, 2, 3, 4), name: 'same' };
  expect(squareOf(square)).toBe(square);
});

test('gray weights give the same for the luma of colors, up to a constant', () => {
  const std = [0.2, 0.25, 0.3];
  const data = Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.sin(i + 1));
  const state: StateDict = new Map([['features.0.0.weight', { shape: [2, 3, 2, 2], data }]]);
  const made = forColors(state, std).get('features.0.0.weight')?.data as Float32Array;
  /** the output for one color in every pixel of the window, or for its luma */
  const output = (weights: Float32Array, color: readonly number[]) =>
    color.reduce((sum, value, channel) => {
      const part = weights.subarray(channel * 4, channel * 4 + 4).reduce((all, one) => all + one, 0);
      return sum + (part * value) / (std[channel] as number);
    }, 0);
  const luma = ([r = 0, g = 0, b = 0]: readonly number[]) => {
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    return [y, y, y];
  };
  for (const color of [
    [1, 0, 0],
    [0.2, 0.9, 0.4],
    [0.5, 0.5, 0.5],
  ]) {
    expect(output(made, color)).toBeCloseTo(output(data, luma(color)), 5);
  }
  expect(forColors(new Map(), std).size).toBe(0);
});

test('tasks run one after another, and during training only when it lets them', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const task = (name: string) => turns.take(async () => void log.push(name));
  const held = turns.hold(async () => {
    log.push('step 1');
    const waiting = [task('a'), task('b')];
    await Promise.resolve();
    log.push('step 2');
    await turns.pass();
    await Promise.all(waiting);
    log.push('step 3');
    void task('c');
  });
  await held;
  await task('d');
  expect(log).toEqual(['step 1', 'step 2', 'a', 'b', 'step 3', 'c', 'd']);
  await expect(turns.take(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await task('e');
  expect(log.at(-1)).toBe('e');
});
