// The command line as run by a user: the built file, in a separate process.
import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { decodeSafetensors, toFloat32 } from '../../src/formats/safetensors.ts';
import { encodeTorch } from '../../src/formats/torch-writer.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import { testDevice } from '../support/device.ts';
import { noise } from '../support/tiny-pictures.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist/cli/main.js');
/** A run of a few small steps. */
const SMALL = ['--size', '32', '--batch', '4', '--epochs', '2'];

let folder = '';

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `feathergrad` in the test's folder; `see` receives standard error as it grows, and can send signals. */
function feathergrad(
  args: string[],
  see: (stderr: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: folder });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
      see(stderr, (signal) => child.kill(signal));
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

interface TrainResult {
  epochs: number;
  keptEpoch: number;
  stopped: string | null;
  loss: number;
  trainAccuracy: number;
  validAccuracy: number | null;
  adapter: string;
  weights: string;
  report: string;
  skipped: { name: string; reason: string }[];
  confusionOf: string;
  confusion: number[][];
}

/** Returns the object that must be the last line of standard output. */
function lastLine(stdout: string): TrainResult {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as TrainResult;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Images of noise, brighter for each class. */
async function drawPictures(dir: string, count: number, level: number): Promise<void> {
  await mkdir(join(folder, dir), { recursive: true });
  for (let i = 0; i < count; i++) {
    const gray = Uint8Array.from({ length: 30 * 20 }, (_, at) => level + noise(at + 997 * i) / 8);
    const png = sharp(gray, { raw: { width: 30, height: 20, channels: 1 } }).png();
    await png.toFile(join(folder, dir, `${i}.png`));
  }
}

async function loadWeights(path: string): Promise<{ state: StateDict; metadata: Record<string, string> }> {
  const { tensors, metadata } = decodeSafetensors(await readFile(path));
  const state: StateDict = new Map();
  for (const [name, entry] of tensors) {
    state.set(name, { shape: entry.shape, data: Float32Array.from(toFloat32(entry)) });
  }
  return { state, metadata };
}

beforeAll(async () => {
  if (process.env.FEATHERGRAD_BUILT !== '1') {
    const build = spawn(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'ignore' });
    const code = await new Promise((resolve) => build.once('close', resolve));
    if (code !== 0) throw new Error('scripts/build.mjs failed; run it to see why');
  }
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-cli-'));
  await drawPictures('pictures/Happy', 8, 40);
  await drawPictures('pictures/Sadness', 8, 180);
  const whole = await readFile(join(folder, 'pictures/Happy/0.png'));
  await writeFile(join(folder, 'pictures/Sadness/torn.png'), whole.subarray(0, whole.length / 2));
}, 60_000);

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('feathergrad --version prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const { code, stdout } = await feathergrad(['--version']);
  expect([code, stdout]).toEqual([0, `${version}\n`]);
});

describe('feathergrad summary', () => {
  test('--json prints parameters, multiply-accumulates and layers', async () => {
    const { code, stdout } = await feathergrad(['summary', '--json']);
    expect(code).toBe(0);
    const { parameters, macs, layers } = JSON.parse(stdout) as {
      parameters: number;
      macs: number;
      layers: { name: string; parameters: number; macs: number }[];
    };
    expect([parameters, macs]).toEqual([1_297_733, 183_109_760]);
    expect(layers.reduce((sum, layer) => sum + layer.parameters, 0)).toBe(parameters);
    expect(layers.reduce((sum, layer) => sum + layer.macs, 0)).toBe(macs);
  });

  test('as a table, for any number of classes', async () => {
    const eight = await feathergrad(['summary']);
    expect(eight.stdout).toContain('1,297,733');
    expect(eight.stdout).toContain('183,109,760');
    expect(eight.stdout).toContain('features.16');
    const seven = await feathergrad(['summary', '--classes', '7', '--size', '48']);
    expect(seven.stdout).toContain('1,297,092');
    const side = await feathergrad(['summary', '--classes', '7', '--side', '48']);
    expect(side.stdout).toBe(seven.stdout);
  });
});

describe('feathergrad train', () => {
  test('on drawn faces: one object on standard output, weights that load, a report', async () => {
    const args = ['train', '--pictures', '16', '--valid', '0.75', '--out', 'drawn', '--json', ...SMALL];
    const { code, stdout, stderr } = await feathergrad(args);
    expect(stderr).toContain('epoch 2/2');
    expect(stderr).toMatch(/batch-norm momentum 0\.5 for a short run/);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').length).toBe(1);
    const result = lastLine(stdout);
    expect(result).toMatchObject({ epochs: 2, stopped: null, skipped: [], confusionOf: 'validation' });
    expect(result.loss).toBeGreaterThan(0);
    expect(result.trainAccuracy).toBeGreaterThanOrEqual(0);
    expect(result.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(result.adapter.length).toBeGreaterThan(3);
    const names = ['report.html', 'weights.safetensors'];
    expect((await readdir(join(folder, 'drawn'))).sort()).toEqual(names);
    expect([result.report, result.weights]).toEqual(names.map((name) => join(folder, 'drawn', name)));

    const { state, metadata } = await loadWeights(result.weights);
    expect(metadata).toMatchObject({
      model: 'FerMobileNetV3',
      variant: 'paper',
      input_side: '32',
      seed: '1',
      epoch: String(result.keptEpoch),
      mean: '[0.485,0.456,0.406]',
      std: '[0.229,0.224,0.225]',
    });
    const classes = JSON.parse(metadata.classes!) as string[];
    expect(classes).toContain('Surprise');
    using model = new FerMobileNetV3({ classes }).to(await testDevice(), { seed: 99 });
    model.loadStateDict(state);
    // the weights are those that were measured
    const valid = new DrawnFaceSource({ seed: (1 ^ 0x5eed5eed) >>> 0, length: 12 });
    const again = await evaluate(model, valid, { batch: 4, side: 32 });
    expect(again.accuracy).toBe(result.validAccuracy);
    expect(again.confusion.toJSON()).toEqual(result.confusion);

    const html = await readFile(result.report, 'utf8');
    expect(html).toContain('of 12 validation images recognized');
    expect(html).toContain(
      '<span>npx</span> <span>feathergrad</span> <span>train</span> <span>--pictures</span>',
    );
    expect(html.match(/src="data:image\/png;base64,/g)!.length).toBeGreaterThanOrEqual(8);
  });

  test('on a folder: classes, an unreadable image, confusion matrix, paths of the files', async () => {
    const { code, stdout, stderr } = await feathergrad([
      'train',
      '--data',
      'pictures',
      '--valid',
      '0.5',
      ...SMALL,
    ]);
    expect(stderr).toContain('1 image was skipped:\n  Sadness/torn.png: ');
    expect(stderr).toContain('pictures: 16 images of 2 classes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/% of 8 validation images recognized \(epoch [12] of 2\)/);
    expect(stdout).toMatch(/ {2}Hap +Sad {4}recall\nHappy /);
    const written = /weights {2}(runs\/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\/weights\.safetensors)/.exec(
      stdout.replaceAll('\\', '/'),
    );
    expect(await exists(join(folder, written![1]!))).toBe(true);
    expect(stdout).toMatch(/report {3}runs.*report\.html/);
  });

  test('on a folder without validation: measured on the training images', async () => {
    const args = ['train', '--data', 'pictures', '--valid', '0', '--out', 'all', '--json', ...SMALL];
    const { code, stdout } = await feathergrad(args);
    expect(code).toBe(0);
    const result = lastLine(stdout);
    expect(result).toMatchObject({ validAccuracy: null, confusionOf: 'training' });
    expect(result.skipped.map(({ name }) => name)).toEqual(['Sadness/torn.png']);
    const [[a, b], [c, d]] = result.confusion as [[number, number], [number, number]];
    expect(a + b + c + d).toBe(16);
    expect(result.trainAccuracy).toBe((a + d) / 16);
    expect(await readFile(result.report, 'utf8')).toContain('of 16 training images recognized');
  });

  test('on a folder with parts, where a class is missing in validation', async () => {
    for (const [name, level] of [
      ['Fear', 100],
      ['Happy', 40],
      ['Sadness', 180],
    ] as const) {
      await drawPictures(`parts/train/${name}`, 4, level);
      if (name !== 'Fear') await drawPictures(`parts/val/${name}`, 3, level);
    }
    const args = ['train', '--data', 'parts', '--out', 'parted', '--json', ...SMALL];
    const { code, stdout } = await feathergrad(args);
    expect(code).toBe(0);
    // Fear comes first, and has no images in its row
    expect(lastLine(stdout).confusion.map((row) => row.reduce((sum, n) => sum + n, 0))).toEqual([0, 3, 3]);
    const refused = await feathergrad([...args, '--valid', '0.2']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('has its own validation part, val in the folder parts');
    await drawPictures('parts/val/Angry', 1, 9);
    const other = await feathergrad(args);
    expect(other.stderr).toContain('has the class "Angry", which the training part does not have');
  });

  test('Ctrl-C stops after the current step and writes the results so far', async () => {
    let sent = false;
    const args = ['train', '--pictures', '16', '--valid', '0.5', '--out', 'stopped', '--json', ...SMALL];
    const { code, stdout, stderr } = await feathergrad([...args, '--epochs', '1000'], (text, kill) => {
      if (!sent && /epoch +2\/1000/.test(text)) {
        sent = true;
        kill('SIGINT');
      }
    });
    expect(code).toBe(130);
    expect(stderr).toContain('Stopping after the current step');
    const result = lastLine(stdout);
    expect(result.stopped).toBe('canceled');
    expect(result.epochs).toBeGreaterThanOrEqual(2);
    expect(result.epochs).toBeLessThan(1000);
    const { state } = await loadWeights(result.weights);
    expect(state.size).toBeGreaterThan(200);
    expect(await readFile(result.report, 'utf8')).toMatch(/by Ctrl-C, after step \d+ of 4000/);
  });

  test('Ctrl-C before the end of the first epoch also keeps its weights', async () => {
    const args = ['train', '--pictures', '100000', '--valid', '0.0001', '--out', 'early', '--json', ...SMALL];
    const stopAfter = (milliseconds: number) => {
      let sent = false;
      return feathergrad(args, (text, kill) => {
        if (sent || !text.includes('  seed ')) return;
        sent = true;
        setTimeout(() => kill('SIGINT'), milliseconds);
      });
    };
    // nothing tells when the first step is done; on a busy machine it may take longer
    let ended = await stopAfter(2000);
    if (ended.stderr.includes('Stopped before the first step')) ended = await stopAfter(20_000);
    const { code, stdout, stderr } = ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Ended by Ctrl-C, after step ');
    const result = lastLine(stdout);
    expect(result).toMatchObject({ stopped: 'canceled', keptEpoch: 1, confusionOf: 'validation' });
    expect((await loadWeights(result.weights)).state.size).toBeGreaterThan(200);
    expect(await exists(result.report)).toBe(true);
  });
});

test('feathergrad train --init starts from other weights and reports which were loaded', {
  timeout: 240_000,
}, async () => {
  const sizes = [
    '--pictures',
    '16',
    '--valid',
    '0.5',
    '--json',
    '--size',
    '32',
    '--batch',
    '4',
    '--epochs',
    '1',
  ];
  const first = await feathergrad(['train', '--out', 'start', '--variant', 'large', ...sizes]);
  const { weights } = lastLine(first.stdout);
  const args = ['train', '--out', 'begun', '--init', weights, '--lr', '0', ...sizes];
  const { code, stdout, stderr } = await feathergrad(args);
  expect(code).toBe(0);
  expect(stderr).toContain('loaded: 192 of 316 parameters and statistics');
  expect(stderr).toContain('features.9.block.2 as features.9.block.3');
  const [from, to] = await Promise.all([loadWeights(weights), loadWeights(lastLine(stdout).weights)]);
  const taken = 'features.5.block.2.fc1.weight';
  expect(to.state.get(taken)).toEqual(from.state.get(taken));

  // the same weights in another program's file
  const prefixed = new Map([...from.state].map(([name, value]) => [`net.${name}`, value]));
  await writeFile(join(folder, 'foreign.pth'), encodeTorch(prefixed));
  const foreign = args.with(2, 'entry').with(4, 'foreign.pth');
  const entry = await feathergrad([...foreign, '--key', '.', '--strip-prefix', 'net.']);
  expect(entry.stderr).toContain('foreign.pth: weights read from the top-level dict, with "net." removed');
  expect(entry.stderr).toContain('loaded: 192 of 316 parameters and statistics');
  const start = await loadWeights(lastLine(entry.stdout).weights);
  expect(start.state.get(taken)).toEqual(from.state.get(taken));

  const refusals = [
    [['--init', 'none.pth'], 'none.pth: the file does not exist'],
    [['--key', 'ema'], '--key needs a weights file. Add --init <file>.'],
    [['--strip-prefix', 'net.'], '--strip-prefix needs a weights file. Add --init <file>.'],
    [
      ['--init', 'foreign.pth', '--key', 'best'],
      'foreign.pth: PyTorch file: it has no dict of tensors "best"',
    ],
  ] as const;
  for (const [wrong, message] of refusals) {
    const none = await feathergrad(['train', ...wrong, '--out', 'unused']);
    expect([none.code, none.stderr.startsWith(`error: ${message}`)], none.stderr).toEqual([1, true]);
  }
});

test('feathergrad train --model trains a network by its name, which the other commands read from the weights', {
  timeout: 240_000,
}, async () => {
  const small = ['--pictures', '8', '--valid', '0.5', '--size', '32', '--batch', '4', '--epochs', '1'];
  const trained = await feathergrad([
    'train',
    '--model',
    'shufflenet_v2_x0_5',
    '--out',
    'named',
    '--json',
    ...small,
  ]);
  expect(trained.stderr).toContain('ShuffleNetV2 x0.5');
  const { weights } = lastLine(trained.stdout);
  const { metadata } = await loadWeights(weights);
  expect(metadata).toMatchObject({ model: 'shufflenet_v2_x0_5', input_side: '32' });

  const exported = await feathergrad(['export', '--weights', weights, '--out', 'named.pth', '--json']);
  expect(JSON.parse(exported.stdout)).toMatchObject({ model: 'shufflenet_v2_x0_5', parameters: 349_992 });
  // a file of PyTorch has no metadata: the network is inferred
  const predicted = await feathergrad([
    'predict',
    'pictures/Happy/0.png',
    '--weights',
    'named.pth',
    '--size',
    '32',
    '--json',
  ]);
  expect(JSON.parse(predicted.stdout).classNames).toHaveLength(8);

  const wrong = await feathergrad([
    'eval',
    '--weights',
    weights,
    '--model',
    'resnet18',
    '--data',
    'pictures',
  ]);
  expect([wrong.code, wrong.stderr]).toEqual([
    1,
    expect.stringContaining('the network is shufflenet_v2_x0_5'),
  ]);
  const summary = await feathergrad(['summary', '--model', 'mobilenet_v2', '--json']);
  expect(JSON.parse(summary.stdout)).toMatchObject({ parameters: 3_504_872, classes: 1000, side: 224 });
});

test('feathergrad train --init pretrained --train head changes only the head', {
  timeout: 240_000,
}, async () => {
  const small = ['--data', 'pictures', '--size', '32', '--batch', '4', '--epochs', '1', '--json'];
  const args = ['train', '--init', 'pretrained', '--train', 'head', '--out', 'transferred', ...small];
  const { stdout, stderr } = await feathergrad(args);
  expect(stderr).toContain('head only');
  expect(stderr).toMatch(/kept: classifier_2\.2: its shape differs/);
  const bundled = await loadWeights(join(root, 'dist/weights/fer-mobilenetv3-ferplus.safetensors'));
  const after = await loadWeights(lastLine(stdout).weights);
  expect(after.metadata.color).toBe('gray');
  const changed = [...after.state].filter(([name, { data }]) => {
    const before = bundled.state.get(name)?.data;
    return before === undefined || data.some((value, i) => value !== before[i]);
  });
  expect(changed.map(([name]) => name).sort()).toEqual([
    'classifier_1.0.bias',
    'classifier_1.0.weight',
    'classifier_2.2.bias',
    'classifier_2.2.weight',
  ]);

  const lonely = await feathergrad([
    'train',
    '--train',
    'head',
    '--out',
    'lonely',
    '--pictures',
    '8',
    ...small.slice(2),
  ]);
  expect(lonely.stderr).toContain('--train head without --init freezes layers with random weights');
  const none = await feathergrad(['train', '--init', 'pretrained', '--model', 'resnet20', '--out', 'unused']);
  expect([none.code, none.stderr]).toEqual([
    1,
    expect.stringContaining('the bundled weights are for fer_mobilenetv3'),
  ]);
});

describe('feathergrad train rejects, with a message and exit code 1,', () => {
  beforeAll(async () => {
    await drawPictures('single/Happy', 1, 50);
    await drawPictures('hollow/Happy', 1, 50);
    await mkdir(join(folder, 'hollow/Empty'), { recursive: true });
  });

  // most of the time is spent on starting a process, which uses one core
  test.concurrent.each([
    ['a folder that does not exist', ['--data', 'nowhere'], /nowhere does not exist/],
    ['only one class', ['--data', 'single'], /only one class, "Happy" with 1 image/],
    ['an empty class', ['--data', 'hollow'], /the class "Empty" has no images/],
    [
      'a batch larger than the data',
      ['--data', 'pictures', '--valid', '0'],
      /16 training images do not fill one batch of 32\. Set --batch to 16/,
    ],
    [
      'a small size',
      ['--size', '31'],
      /'--size, --side <pixels>' argument '31' is invalid. expected a whole number from 32 to 4096/,
    ],
    ['an invalid number', ['--lr', 'fast'], /'--lr, --learning-rate <rate>' argument 'fast' is invalid/],
    ['a number beyond f32', ['--lr', '1e39'], /'1e39' is invalid. expected a number within the range of f32/],
    ['--force without --out', ['--force'], /--force overwrites the run in --out. Add --out/],
    ['a share of 1', ['--valid', '1'], /at least 0 and below 1/],
    ['a result that cannot be written', ['--out', 'pictures/Happy/0.png/x'], /cannot be written to.*--out/],
    [
      'no WebGPU',
      ['--adapter', 'nowhere.json', '--out', 'unused'],
      /WebGPU is not available[\s\S]*nowhere\.json/,
    ],
    ['an unknown adapter', ['--adapter', 'best'], /unknown adapter \(got "best", expected auto, hardware/],
    ['centers without a weight', ['--center', 'released'], /--center released.*Add --lambda/],
    ['features without a weight', ['--over', 'logits'], /--over logits.*Add --lambda/],
    [
      'a warm-up of a constant',
      ['--warmup', '9', '--schedule', 'constant'],
      /--warmup-steps needs the cosine/,
    ],
    ['early stop without validation', ['--early-stop', '2', '--valid', '0'], /--early-stop needs validation/],
    [
      'the number of drawn faces with a folder',
      ['--data', 'pictures', '--pictures', '9'],
      /--pictures is the number of drawn faces/,
    ],
    ['NaN', ['--pictures', '16', '--lr', '1e30', '--out', 'never', ...SMALL], /step \d+: .* not finite/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await feathergrad(['train', ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('error: ');
    expect(stderr).not.toMatch(/\.m?js:\d+/);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  test('and leaves no folder behind', async () => {
    for (const name of ['unused', 'never']) expect(await exists(join(folder, name))).toBe(false);
  });

  test('a command that does not exist', async () => {
    const { code, stderr } = await feathergrad(['trian']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/unknown command 'trian'[\s\S]*Did you mean train/);
  });
});
