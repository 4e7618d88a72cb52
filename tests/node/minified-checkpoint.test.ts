// A run stored in the browser must survive the next deployment, whose build has other class names.
// Reads dist/, which `npm test` has just built.
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { STRONG_AUGMENTATION } from '../../src/data/augmentation.ts';
import * as source from '../../src/index.ts';
import { type OpenedGpu, openGpu } from '../../src/node/adapters.ts';
import { stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

type Build = typeof source;

const path = fileURLToPath(new URL('../../dist/feathergrad.min.js', import.meta.url));
const minified = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Build;
const opened = new Map<Build, OpenedGpu>();
const devices = new Map<Build, source.Device>();
afterAll(() => {
  for (const device of devices.values()) device.destroy();
  for (const { release } of opened.values()) release();
});

/** Each build has its own device: the Device class of one build is not the other's. */
async function deviceOf(build: Build): Promise<source.Device> {
  const known = devices.get(build);
  if (known) return known;
  const gpu = await openGpu();
  opened.set(build, gpu);
  const device = await build.createDevice({ adapter: gpu.adapter });
  devices.set(build, device);
  return device;
}

interface Recipe {
  epochs: number;
  /** whether to use the paper's network, which takes most of the time; otherwise a network of a few layers */
  isWhole?: boolean;
  optimizer?: 'AdamW' | 'SGD';
  schedule: (build: Build) => source.Schedule;
  loss: source.SoftmaxCenterLossOptions;
  freeze?: boolean;
}

interface Outcome {
  losses: number[];
  bits: string[];
  files: Uint8Array<ArrayBuffer>[];
}

/** Three steps per epoch. */
const pictures = tinyPictures(12);
const valid = tinyPictures(4, { seed: 3 });

function fewLayers(build: Build): source.Sequential {
  return new build.Sequential(
    new build.ConvNormActivation(3, 8, 3, { stride: 2, activation: 'relu', momentum: 0.5 }),
    new build.InvertedResidual({
      input: 8,
      expanded: 16,
      output: 8,
      kernelSize: 3,
      attention: 'ca',
      stride: 4,
    }),
    new build.Dropout(0.2),
    new build.Flatten(),
    new build.Linear(128, 2),
  );
}

/** Trains in one build; `resume` is a file, `stop` the number of steps after which the run is canceled. */
async function run(
  build: Build,
  recipe: Recipe,
  { resume, stop }: { resume?: Uint8Array; stop?: number } = {},
): Promise<Outcome> {
  const device = await deviceOf(build);
  const { classNames: classes } = pictures;
  const model = recipe.isWhole
    ? new build.FerMobileNetV3({ classes, bnMomentum: 0.5, side: 32 })
    : fewLayers(build);
  model.to(device, { seed: 1 });
  if (recipe.freeze) model.children()[0]?.[1].freeze();
  const width = 'embeddingWidth' in model ? model.embeddingWidth : 2;
  const loss = new build.SoftmaxCenterLoss(2, width, recipe.loss).to(device, { seed: 1 });
  const optimizer =
    recipe.optimizer === 'SGD'
      ? new build.SGD(model, { learningRate: 2e-3, momentum: 0.9 })
      : new build.AdamW(model, { learningRate: 2e-3 });
  const controller = new AbortController();
  const files: Uint8Array<ArrayBuffer>[] = [];
  const losses: number[] = [];
  const events = build.fit(model, {
    train: pictures,
    valid,
    loss,
    optimizer,
    schedule: recipe.schedule(build),
    epochs: recipe.epochs,
    batch: 4,
    side: 32,
    seed: 1,
    ema: 0.9,
    augmentation: STRONG_AUGMENTATION,
    signal: controller.signal,
    onCheckpoint: (state) => void files.push(build.encodeCheckpoint(state)),
    ...(resume && { resume: build.decodeCheckpoint(resume).state }),
  });
  for await (const event of events) {
    if (event.kind !== 'step') continue;
    losses.push(event.loss);
    // the step in progress at the signal is the last one
    if (event.step === (stop ?? 0) - 1) controller.abort();
  }
  const bits = stateBits(await model.stateDict());
  loss.center?.dispose();
  optimizer.dispose();
  model.dispose();
  return { losses, bits, files };
}

test('the minified build renames classes; otherwise this file would test nothing', async () => {
  const names = [minified.AdamW, minified.FerMobileNetV3, minified.SoftmaxCenterLoss].map(({ name }) => name);
  expect(names.filter((name) => name.length > 3)).toEqual([]);
  expect(await readFile(path, 'utf8')).not.toContain('class AdamW');
});

const learned: source.SoftmaxCenterLossOptions = { lambda: 0.1, kind: 'learned', over: 'embedding' };
const recipes: [string, Recipe][] = [
  [
    'cosine, AdamW, learned centers',
    {
      epochs: 2,
      isWhole: true,
      loss: learned,
      schedule: ({ CosineAnnealingLR }) => new CosineAnnealingLR(2e-3, { warmupSteps: 2 }),
    },
  ],
  [
    'constant rate, SGD, released centers',
    {
      epochs: 2,
      optimizer: 'SGD',
      loss: { lambda: 0.4, kind: 'released', over: 'logits' },
      schedule: ({ ConstantLR }) => new ConstantLR(1e-3),
    },
  ],
  [
    'plateau, a frozen layer',
    {
      epochs: 2,
      freeze: true,
      loss: {},
      schedule: ({ ReduceLROnPlateau }) => new ReduceLROnPlateau(2e-3, { patience: 0 }),
    },
  ],
];
const ways: [string, Build, Build][] = [
  ['the source build in the minified build', source, minified],
  ['the minified build in the source build', minified, source],
];

const wholeRuns = new Map<string, Promise<Outcome>>();

/** The run without interruption, in the source build: the other build computes the same bits. */
function wholeRun(name: string, recipe: Recipe): Promise<Outcome> {
  const known = wholeRuns.get(name) ?? run(source, recipe);
  wholeRuns.set(name, known);
  return known;
}

describe.each(ways)('a checkpoint of %s', (_, from, to) => {
  test.each(recipes)('resumes bit for bit in the middle of an epoch: %s', async (name, recipe) => {
    const whole = await wholeRun(name, recipe);
    const first = await run(from, recipe, { stop: 2 });
    const second = await run(to, recipe, { resume: first.files.at(-1)! });
    expect(first.losses.length).toBe(2);
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(second.bits).toEqual(whole.bits);
  });

  test('resumes with a constant rate and more epochs than at the start', async () => {
    const recipe = (epochs: number): Recipe => ({
      epochs,
      loss: {},
      schedule: ({ ConstantLR }) => new ConstantLR(1e-3),
    });
    const whole = await wholeRun('longer', recipe(2));
    const first = await run(from, recipe(1));
    const second = await run(to, recipe(2), { resume: first.files.at(-1)! });
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(second.bits).toEqual(whole.bits);
  });

  test('is rejected with another optimizer, and the message has the literal names', async () => {
    const [, recipe] = recipes[1]!;
    const { files } = await run(from, { ...recipe, epochs: 1 });
    const other: Recipe = { ...recipe, epochs: 1, optimizer: 'AdamW' };
    await expect(run(to, other, { resume: files[0]! })).rejects.toThrow(
      'optimizer.type: AdamW here, SGD in the checkpoint',
    );
  });
});

test('layers have their names in the summary and errors of the minified build', async () => {
  const kinds = (build: Build) =>
    new build.FerMobileNetV3({ classes: 2 }).summary(32).rows.map(({ kind }) => kind);
  expect(kinds(minified)).toEqual(kinds(source));
  expect(new Set(kinds(minified))).toContain('Conv2d');
  // ImageClassifier is abstract
  const layers = Object.entries(source).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype instanceof source.Module && name !== 'ImageClassifier'
      ? [name]
      : [],
  );
  expect(layers.length).toBeGreaterThan(20);
  for (const name of layers) {
    const typeOf = (build: Build) =>
      Object.getOwnPropertyDescriptor(
        (build[name as keyof Build] as { prototype: object }).prototype,
        'type',
      )?.get?.call({});
    expect(typeOf(source), name).toBe(name);
    expect(typeOf(minified), name).toBe(name);
  }
});
