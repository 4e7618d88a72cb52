// A FER+ test part of a few images and weights in a temporary folder, and commands run in this process. For Node.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { encodeWeights } from '../../src/formats/weights-file.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import {
  FerMobileNetV3,
  type FerMobileNetV3Options,
} from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { imagesToTensor } from '../../src/tensor/image.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { testDevice } from './device.ts';
import { noise } from './tiny-pictures.ts';

/** Images of the FER+ part, by the label from their votes. */
export const LABELS = ['Happy', 'Neutral', 'Anger', 'Happy', 'Fear', 'Sadness', 'Happy'] as const;
/** neutral, happiness, surprise, sadness, anger, disgust, fear, contempt */
const COLUMNS = ['Neutral', 'Happy', 'Surprise', 'Sadness', 'Anger', 'Disgust', 'Fear', 'Contempt'];

export let folder = '';
export function at(...names: string[]): string {
  if (!folder)
    throw new Error('evaluated-part.ts: there is no folder. Call withEvaluatedPart() in the test file.');
  return join(folder, ...names);
}

function gray(seed: number, side = 48): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, i) => noise(i + 5003 * seed) / (1 + (i % side) / side));
}

export async function writePng(path: string, seed: number, side = 48): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const picture = sharp(gray(seed, side), { raw: { width: side, height: side, channels: 1 } });
  await picture.toColourspace('b-w').png().toFile(path);
}

export async function writeWeights(
  name: string,
  options: FerMobileNetV3Options,
  more: { dtype?: 'f16'; about?: Record<string, string> } = {},
): Promise<string> {
  const device = await testDevice();
  using model = new FerMobileNetV3({ side: 32, bnMomentum: 0.9, ...options }).to(device, { seed: 8 });
  // Running statistics of these images, and logits of a few units; otherwise the network would give the same result for
  // every image.
  const pictures = Array.from({ length: 48 }, (_, i) => ({ width: 48, height: 48, data: gray(i) }));
  const form = { side: model.side, mean: model.mean, std: model.std };
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

/** Creates the folder before the tests of the calling file and removes it after them. */
export function withEvaluatedPart(): void {
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
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    folder = '';
  });
}

/** The output of a command on both streams. */
export async function run(command: Command, args: string[]): Promise<{ stdout: string; stderr: string }> {
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
/** Probabilities of each image of the part, one by one, by the library; `turned` mirrors them first. */
export async function byHand(weights: string, turned = false): Promise<number[][]> {
  using model = await FerMobileNetV3.pretrained(await testDevice(), { weights: await readFile(weights) });
  const rows: number[][] = [];
  for (const i of LABELS.keys()) {
    const data = gray(i);
    if (turned) for (let row = 0; row < 48; row++) data.subarray(48 * row, 48 * (row + 1)).reverse();
    const found = await model.predict({ width: 48, height: 48, data }, { mirror: false });
    rows.push(FER_CLASSES.map((name) => found.find(({ label }) => label === name)!.probability));
  }
  return rows;
}
