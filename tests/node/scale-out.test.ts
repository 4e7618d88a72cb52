// scale-out/pytorch against this library: logits, the losses of the first steps, and weights both ways. Where PyTorch
// is installed it runs; the values that it returned once are in scale-out.json and are always compared (RECORD=1 writes
// them anew).
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { root } from '../../scripts/run.mjs';
import { recipeCommand } from '../../src/cli/recipe/command.ts';
import type { Picture } from '../../src/data/picture.ts';
import { PictureSource, shuffle } from '../../src/data/picture-source.ts';
import {
  decodeWeights,
  encodeSafetensors,
  encodeTorch,
  encodeWeights,
  type SafetensorsTensor,
} from '../../src/formats/index.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import type { Variant } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { networkOf } from '../../src/models/fer-mobilenetv3/pretrained-metadata.ts';
import { openDataSet } from '../../src/node/open-data-set.ts';
import { imagesToTensor } from '../../src/tensor/image.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { fit } from '../../src/train/fit.ts';
import { plan } from '../../src/train/plan.ts';
import type { Recipe } from '../../src/train/recipes.ts';
import { testDevice } from '../support/device.ts';
import { noise } from '../support/tiny-pictures.ts';

const SIDE = 48;
const STEPS = 5;
const BATCH = 8;
const PYTORCH = join(root, 'scale-out/pytorch');
const SHIPPED = join(root, 'src/models/fer-mobilenetv3/weights/fer-mobilenetv3-ferplus.safetensors');

interface Results {
  logits: number[][];
  losses: number[];
  /** SHA-256 of the sorted names of the weights */
  names: string;
}

interface Case {
  name: string;
  processes: 1 | 2;
  recipe: Partial<Recipe>;
  hasDistributions?: boolean;
}

// One process per part of a batch is gradient accumulation here: both normalize each part separately.
const shared = { side: SIDE, batch: BATCH, epochs: 1, dropout: 0, validationSplit: 0, seed: 3 } as const;
const CASES: Case[] = [
  {
    name: 'paper',
    processes: 2,
    recipe: {
      ...shared,
      ...{ variant: 'paper', accumulate: 2, optimizer: 'adamw', learningRate: 5e-4, weightDecay: 0.05 },
      ...{ schedule: 'cosine', warmupSteps: 2, bnMomentum: 0.1 },
      ...{ lambda: 0.4, center: 'learned', over: 'embedding', labelSmoothing: 0.1, balance: 1 },
    },
  },
  {
    name: 'large',
    processes: 1,
    recipe: {
      ...{ ...shared, variant: 'large', accumulate: 1, optimizer: 'rmsprop', learningRate: 1e-5 },
      ...{ weightDecay: 1e-4, schedule: 'onecycle', bnMomentum: 0.1 },
      ...{ lambda: 0.4, center: 'learned', over: 'logits', balance: 0.5 },
    },
  },
  {
    name: 'reduced-maxca',
    processes: 1,
    hasDistributions: true,
    recipe: {
      ...{ ...shared, variant: 'reduced-maxca', accumulate: 1, optimizer: 'sgd', learningRate: 0.01 },
      ...{ weightDecay: 1e-3, clipNorm: 1, schedule: 'step', bnMomentum: 0.1 },
    },
  },
];

let folder = '';
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-scale-out-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What `feathergrad recipe` prints. */
async function recipe(...args: string[]): Promise<string> {
  const printed: string[] = [];
  const write = vi
    .spyOn(process.stdout, 'write')
    .mockImplementation((text) => printed.push(String(text)) > 0);
  try {
    await recipeCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return printed.join('');
}

/** The flags of a recipe. */
function flagsOf(settings: Partial<Recipe>): string[] {
  return Object.entries(settings).map(
    ([name, value]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}=${value}`,
  );
}

/** STEPS batches of colored noise whose mean depends on the label. */
function images(hasDistributions: boolean): PictureSource {
  const count = STEPS * BATCH;
  const labels = Uint32Array.from({ length: count }, (_, i) => (i * i + (i >> 2)) % 8);
  const pictures = Array.from({ length: count }, (_, i) => {
    const data = Uint8Array.from(
      { length: SIDE * SIDE * 3 },
      (_, p) => noise(p + 5003 * i) / 2 + 15 * labels[i]!,
    );
    return { width: SIDE, height: SIDE, channels: 3 as const, data, name: `image ${i}` };
  });
  const distributions = new Float32Array(count * 8);
  labels.forEach((label, i) => {
    distributions[8 * i + label] = 0.75;
    distributions[8 * i + ((label + 3) % 8)] = 0.25;
  });
  const classNames = new FerMobileNetV3().classNames;
  return new PictureSource({ pictures, labels, classNames, ...(hasDistributions && { distributions }) });
}

/** Weights whose every part matters: batch norms that do something, statistics that fit, logits of the size of 1. */
async function weightsOf(variant: Variant, pictures: readonly Picture[]): Promise<Uint8Array> {
  if (variant === 'paper') return readFile(SHIPPED);
  const options = { variant, side: SIDE, dropout: 0, bnMomentum: 0.5 };
  const model = new FerMobileNetV3(options).to(await testDevice(), { seed: 5 });
  const state: StateDict = await model.stateDict();
  let i = 0;
  for (const [name, { shape, data }] of state) {
    const isLast = /classifier.*\.(2|3)\.weight$/.test(name);
    for (let k = 0; k < data.length; k++) {
      const u = noise(i++) / 255 - 0.5;
      if (shape.length === 1) data[k] = data[k]! + 0.4 * u;
      else if (isLast) data[k] = u;
    }
  }
  model.loadStateDict(state);
  const { mean, std } = model;
  const x = imagesToTensor(model.device, pictures, { side: SIDE, mean, std });
  model.train();
  for (let pass = 0; pass < 8; pass++) noGrad(() => model.call(x)).dispose();
  const bytes = encodeWeights(model, await model.stateDict());
  x.dispose();
  model.dispose();
  return bytes;
}

/** Writes the files of a case for check.py and returns what this library computes from them. */
async function compute({ name, recipe: settings, hasDistributions = false }: Case): Promise<Results> {
  const device = await testDevice();
  await mkdir(at(name));
  const source = images(hasDistributions);
  const bytes = await weightsOf(settings.variant!, source.pictures.slice(0, BATCH));
  const order = Array.from({ length: source.length }, (_, i) => i);
  shuffle(order, shared.seed); // as in the first epoch of fit
  const planar = order.flatMap((i) => {
    const { data } = source.pictures[i]!;
    return [0, 1, 2].map((c) => Uint8Array.from({ length: SIDE * SIDE }, (_, p) => data[3 * p + c]!));
  });
  const tensors = new Map<string, SafetensorsTensor>([
    ['images', { dtype: 'U8', shape: [order.length, 3, SIDE, SIDE], data: joined(planar) }],
    [
      'labels',
      { dtype: 'I32', shape: [order.length], data: Int32Array.from(order, (i) => source.labels![i]!) },
    ],
  ]);
  if (hasDistributions) {
    const rows = order.flatMap((i) => [...source.distributions!.subarray(8 * i, 8 * i + 8)]);
    tensors.set('targets', { dtype: 'F32', shape: [order.length, 8], data: Float32Array.from(rows) });
  }
  await writeFile(at(name, 'weights.safetensors'), bytes);
  await writeFile(at(name, 'batches.safetensors'), encodeSafetensors(tensors));
  const { accumulate, ...rest } = settings;
  const inPyTorch = CASES.find((each) => each.name === name)!.processes === 2 ? 1 : accumulate;
  const json = await recipe('--json', ...flagsOf({ ...rest, accumulate: inPyTorch }));
  await writeFile(at(name, 'recipe.json'), json);

  const { variant, bnMomentum = 0.1 } = settings;
  const model = new FerMobileNetV3({ variant: variant!, side: SIDE, dropout: 0, bnMomentum }).to(device);
  model.loadStateDict(decodeWeights(bytes).state);
  const first = order.slice(0, BATCH).map((i) => source.pictures[i]!);
  const logits = await logitsOf(model, first);
  const planned = plan(model, { train: source }, settings);
  const losses: number[] = [];
  for await (const event of fit(model, planned.options)) if (event.kind === 'step') losses.push(event.loss);
  const names = hashOf(await model.stateDict());
  planned.dispose();
  model.dispose();
  return { logits, losses, names };
}

async function logitsOf(model: FerMobileNetV3, pictures: readonly Picture[]): Promise<number[][]> {
  model.eval();
  const x = imagesToTensor(model.device, pictures, { side: SIDE, mean: model.mean, std: model.std });
  const y = noGrad(() => model.call(x));
  const values = (await y.data()) as Float32Array;
  const classes = model.classNames.length;
  x.dispose();
  y.dispose();
  return pictures.map((_, i) => [...values.subarray(i * classes, (i + 1) * classes)]);
}

/** The hash of the sorted names, without the step counters of PyTorch's batch norm. */
function hashOf(state: StateDict): string {
  const names = [...state.keys()].filter((name) => !name.endsWith('num_batches_tracked')).sort();
  return createHash('sha256').update(names.join()).digest('hex');
}

function joined(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const run = promisify(execFile);
const environment = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };

/** The Python that has PyTorch, NumPy and Pillow; null if there is none. */
async function findPython(): Promise<string | null> {
  for (const python of [process.env.FEATHERGRAD_PYTHON ?? 'python3', '/usr/bin/python3']) {
    const found = await run(python, ['-c', 'import torch, numpy, PIL']).then(
      () => true,
      () => false,
    );
    if (found) return python;
  }
  return null;
}

/** Runs a script of scale-out/pytorch, in several processes under torchrun. */
async function inPython(
  python: string,
  processes: number,
  script: string,
  ...args: string[]
): Promise<string> {
  // PyTorch 1.13 cannot parse its own default for --redirects and --tee under Python 3.11; both concern a rank that is not there
  const defaults = ['--redirects=9:1', '--tee=9:1'];
  const launch = [
    '-m',
    'torch.distributed.run',
    '--standalone',
    ...defaults,
    `--nproc_per_node=${processes}`,
  ];
  const before = processes > 1 ? launch : [];
  const { stdout } = await run(python, [...before, join(PYTORCH, script), ...args], { env: environment });
  return stdout.trim();
}

/** Expects each number to be within `bound` of the other. */
function expectNear(got: readonly number[], wanted: readonly number[], bound: number, what: string): void {
  expect(got.length, what).toBe(wanted.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]!), `${what}[${i}]: ${value} and ${wanted[i]}`).toBeLessThan(bound);
  });
}

test('logits and the losses of five steps are PyTorch’s, with two processes and with one', async () => {
  const python = await findPython();
  const stored: Record<string, Results> = JSON.parse(
    await readFile(new URL('scale-out.json', import.meta.url), 'utf8'),
  );
  const own: Record<string, Results> = {};
  for (const each of CASES) own[each.name] = await compute(each);
  const live: Record<string, Results> = {};
  for (const processes of [1, 2] as const) {
    const cases = CASES.filter((each) => each.processes === processes);
    if (!python) continue;
    const out = await inPython(python, processes, 'check.py', ...cases.map(({ name }) => at(name)));
    const results = JSON.parse(out) as Results[];
    cases.forEach(({ name }, i) => {
      live[name] = results[i]!;
    });
  }
  if (process.env.RECORD && python) {
    await writeFile(new URL('scale-out.json', import.meta.url), `${JSON.stringify(live)}\n`);
    Object.assign(stored, live);
  }
  for (const [origin, theirs] of Object.entries({ stored, live })) {
    for (const [name, { logits, losses, names }] of Object.entries(theirs)) {
      const what = `${origin} ${name}`;
      expect(own[name]!.names, what).toBe(names);
      expectNear(own[name]!.logits.flat(), logits.flat(), 1e-4, `${what} logits`);
      expectNear(own[name]!.losses, losses, 1e-3, `${what} losses`);
    }
  }
  expect(Object.keys(stored)).toEqual(expect.arrayContaining(CASES.map(({ name }) => name)));
  // the cases would be useless if the logits hardly differed from 0 or the losses from one another
  for (const { logits, losses } of Object.values(own)) {
    const logit = logits.map((row) => row[0]!);
    expect(Math.max(...logit) - Math.min(...logit)).toBeGreaterThan(0.005);
    expect(new Set(losses.map((loss) => loss.toFixed(2))).size).toBe(STEPS);
  }
}, 180_000);

test('train.py trains with two processes; its weights and this library’s load in both', async () => {
  const python = await findPython();
  const json = await recipe(
    ...['--json', '--images', '16', '--side', `${SIDE}`, '--batch', '8', '--epochs', '1', '--mixup', '0.2'],
    ...['--augmentation', 'strong', '--ema', '0.9', '--mirror', '--validation-split', '0.2'],
  );
  expect(JSON.parse(json)).toMatchObject({
    side: SIDE,
    mixup: 0.2,
    transforms: { mirror: 0.5 },
    stepSize: 1,
  });
  const model = new FerMobileNetV3({ classes: ['a', 'b'], side: SIDE }).to(await testDevice(), { seed: 2 });
  const state = await model.stateDict();
  const bytes = encodeTorch(state);
  await writeFile(at('init.pth'), bytes);
  await writeFile(at('e2e.json'), json);
  if (!python) {
    // the file that PyTorch would read has the names of its modules, by the hash that check.py once printed
    const stored = JSON.parse(await readFile(new URL('scale-out.json', import.meta.url), 'utf8'));
    expect(hashOf(decodeWeights(bytes).state)).toBe(stored.paper.names);
    model.dispose();
    return;
  }
  for (const name of ['a', 'b']) {
    await mkdir(at('images', name), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const data = Uint8Array.from({ length: 40 * 36 * 3 }, (_, p) => noise(p + i) / (name === 'a' ? 1 : 3));
      const raw = { width: 40, height: 36, channels: 3 } as const;
      await sharp(data, { raw })
        .png()
        .toFile(at('images', name, `${i}.png`));
    }
  }
  const args = ['--data', at('images'), '--recipe', at('e2e.json'), '--workers', '0'];
  const log = await inPython(
    ...[python, 2, 'train.py', ...args, '--init', at('init.pth'), '--out', at('out.safetensors')],
  );
  expect(log).toMatch(/^epoch 1\/1: loss \d+\.\d{4}, validation loss \d+\.\d{4}, accuracy \d+\.\d\d %$/m);
  const file = decodeWeights(await readFile(at('out.safetensors')));
  const network = networkOf(file.state, file.metadata);
  expect(network).toMatchObject({ variant: 'paper', classes: ['a', 'b'], side: SIDE, mirror: true });
  expect([...file.state.keys()].sort()).toEqual([...state.keys()].sort());
  model.loadStateDict(file.state);
  const trained = (await model.stateDict()).get('features.0.0.weight')!.data;
  expect(trained).not.toEqual(state.get('features.0.0.weight')!.data);
  model.dispose();
}, 180_000);

/** Votes of ten people in the columns of FER+, each with its image's part of the data set. */
const VOTES: [usage: string, votes: number[]][] = [
  ['Training', [4, 0, 0, 4, 1, 0, 0, 0, 1, 0]], // a tie: no majority
  ['Training', [1, 8, 1, 0, 0, 0, 0, 0, 0, 0]],
  ['PublicTest', [0, 0, 9, 0, 0, 0, 1, 0, 0, 0]],
  ['Training', [0, 0, 0, 0, 0, 0, 0, 1, 9, 0]], // unknown
  ['Training', [1, 0, 0, 0, 6, 1, 1, 1, 0, 0]],
  ['PublicTest', [3, 0, 0, 3, 0, 0, 0, 4, 0, 0]],
  ['PrivateTest', [10, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['Training', [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]], // no face
  ['Training', [2, 2, 1, 1, 1, 1, 1, 1, 0, 0]],
];

test('images.py labels FER+ as this library does, and augment.py moves pixels as its parameters specify', async () => {
  const tables = at('ferplus');
  await mkdir(tables);
  const pixels = VOTES.map(([usage], i) => {
    const values = Array.from({ length: 48 * 48 }, (_, p) => noise(p + 4099 * i));
    return `0,${values.join(' ')},${usage}`;
  });
  const votes = VOTES.map(([usage, counts], i) => `${usage},fer${i}.png,${counts.join()}`);
  const titles = 'neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF';
  await writeFile(join(tables, 'fer2013.csv'), `emotion,pixels,Usage\n${pixels.join('\n')}\n`);
  await writeFile(join(tables, 'fer2013new.csv'), `Usage,Image name,${titles}\n${votes.join('\n')}\n`);
  const own: Record<string, unknown> = {};
  for (const labels of ['majority', 'argmax', 'distribution'] as const) {
    const set = await openDataSet(tables, { labels });
    const sourceOf = async (name: string) =>
      (await set.parts.find((part) => part.name === name)!.load()).source as PictureSource;
    const [train, valid] = [await sourceOf('train'), await sourceOf('valid')];
    const rows = Array.from({ length: train.length }, (_, i) => [
      ...(train.distributions ?? []).slice(8 * i, 8 * i + 8),
    ]);
    const pixel = train.pictures[0]!.data[1]!;
    own[labels] = {
      train: labels === 'distribution' ? rows : [...train.labels!],
      valid: [...valid.labels!],
      pixel: [pixel, pixel, pixel],
      color: train.color,
    };
    if (labels === 'distribution') continue;
    expect((own[labels] as { train: number[] }).train).toEqual(
      labels === 'majority' ? [3, 5] : [6, 3, 5, 6], // Happy, Anger; with the ties, of which the first column counts
    );
  }
  const python = await findPython();
  if (!python) return;
  const { parts, moves } = JSON.parse(
    (await run(python, [join(root, 'tests/node/scale-out-pieces.py'), PYTORCH, tables], { env: environment }))
      .stdout,
  );
  // the validation part of soft labels has the majority's labels, as in `feathergrad train`
  parts.distribution.valid = (own.distribution as { valid: number[] }).valid;
  expect(parts).toEqual(own);
  expect(Object.entries(moves).filter(([, isRight]) => !isRight)).toEqual([]);
}, 120_000);

test('recipe prints the settings of train, and refuses what train refuses', async () => {
  const paper = JSON.parse(await recipe('--recipe', 'paper', '--json'));
  expect(paper).toMatchObject({ lambda: 0.4, center: 'released', over: 'logits', warmupSteps: 0, side: 224 });
  expect(paper.transforms).toMatchObject({ oneOf: true, erasing: { probability: 0.5 } });
  const own = JSON.parse(
    await recipe('--recipe', 'feathergrad', '--images', '25000', '--epochs', '2', '--json'),
  );
  expect(own).toMatchObject({ warmupSteps: 78, bnMomentum: 0.1, epochs: 2, ema: 0.999 });
  expect(own).not.toHaveProperty('pictures');
  expect(await recipe('--recipe', 'paper')).toMatch(/^--learning-rate +0\.001$/m);
  const refused: [string[], string][] = [
    [
      ['--json'],
      '--images: missing; --warmup-steps and --bn-momentum depend on the number of training images.',
    ],
    [['--bn-momentum', '0.1'], '--images: missing; --warmup-steps depends on the number of training images.'],
    [['--images', '20'], '20 training images do not fill one batch of 32'],
    [['--images', '64', '--mixup', '0.2', '--lambda', '0.4'], 'mixup blends images of two classes'],
    [['--pictures', '10'], "unknown option '--pictures'"],
    [['--images', '1'], 'expected a whole number from 2'],
  ];
  for (const [args, message] of refused)
    await expect(recipe(...args), args.join(' ')).rejects.toThrow(message);
});
