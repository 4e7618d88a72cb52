// Runs that are stopped and resumed as by a user: the built file, in a separate process.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from '../support/tiny-pictures.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist/cli/main.js');
let folder = '';

function run(
  command: string[],
  see: (stderr: string, stop: (signal?: NodeJS.Signals) => void) => void = () => {},
) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, command, { cwd: folder });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
      see(stderr, (signal = 'SIGINT') => child.kill(signal));
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const train = (args: string[], see?: Parameters<typeof run>[1]) => run([main, 'train', ...args], see);

/** Our recipe, small. */
const ARGS = ['--data', 'faces', '--valid', '0.25', '--recipe', 'feathergrad'];
const SMALL = ['--size', '32', '--batch', '4', '--epochs', '4'];

beforeAll(async () => {
  if (process.env.FEATHERGRAD_BUILT !== '1') {
    const { code, stderr } = await run([join(root, 'scripts/build.mjs')]);
    if (code !== 0) throw new Error(`scripts/build.mjs failed: ${stderr}`);
  }
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-resume-'));
  for (const [label, level] of [
    ['Happy', 60],
    ['Sadness', 160],
  ] as const) {
    await mkdir(join(folder, 'faces', label), { recursive: true });
    for (let i = 0; i < 16; i++) {
      const data = Uint8Array.from({ length: 48 * 48 }, (_, at) => level + noise(at + 5000 * i + level) / 4);
      const file = join(folder, 'faces', label, `${i}.png`);
      await sharp(data, { raw: { width: 48, height: 48, channels: 1 } })
        .png()
        .toFile(file);
    }
  }
}, 60_000);

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

describe('feathergrad train --resume', { timeout: 240_000 }, () => {
  test('leads to the same weights as an uninterrupted run, and needs no other option', async () => {
    const whole = await train([...ARGS, ...SMALL, '--out', 'whole']);
    expect(whole.stderr).toMatch(/recipe +feathergrad/);
    expect(whole.stderr).toMatch(/augmentation +paper/);
    expect(whole.stderr).toMatch(/GPU memory +\d+ MiB; largest tensor/);
    expect(whole.code).toBe(0);
    // nothing is left to resume
    expect((await readdir(join(folder, 'whole'))).sort()).toEqual(['report.html', 'weights.safetensors']);

    let sent = false;
    const stopped = await train([...ARGS, ...SMALL, '--out', 'stopped'], (text, stop) => {
      if (sent || !text.includes('epoch 2/4')) return;
      sent = true;
      stop();
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('To resume:  npx feathergrad train --resume stopped');
    expect(await readdir(join(folder, 'stopped'))).toEqual(
      expect.arrayContaining([
        'checkpoint.previous.safetensors',
        'checkpoint.safetensors',
        'weights.safetensors',
      ]),
    );

    const other = await train(['--resume', 'stopped', '--batch', '8']);
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(
      /error: the checkpoint is from a different run[\s\S]*\n +batch: 8 here, 4 in the checkpoint/,
    );

    const resumed = await train(['--resume', 'stopped', '--json']);
    expect(resumed.code).toBe(0);
    const { epochs, stopped: reason } = JSON.parse(resumed.stdout) as { epochs: number; stopped: null };
    expect([epochs, reason]).toEqual([4, null]);
    expect(resumed.stderr).not.toContain('epoch 1/4');
    expect(resumed.stderr).toContain('epoch 4/4');
    const weights = (name: string) => readFile(join(folder, name, 'weights.safetensors'));
    expect((await weights('stopped')).equals(await weights('whole'))).toBe(true);
    expect((await readdir(join(folder, 'stopped'))).sort()).toEqual(['report.html', 'weights.safetensors']);
  });

  test('a damaged checkpoint is rejected with the reason, and the previous one is named and works', async () => {
    let sent = false;
    const ended = await train(
      [...ARGS, ...SMALL, '--recipe', 'paper', '--out', 'damaged', '--lr', '0.002'],
      (text, stop) => {
        if (sent || !text.includes('epoch 2/4')) return;
        sent = true;
        stop('SIGTERM');
      },
    );
    expect(ended.code).toBe(143);
    expect(ended.stderr).toContain('Ended by SIGTERM, after step ');
    const newest = join(folder, 'damaged/checkpoint.safetensors');
    const bytes = await readFile(newest);
    await writeFile(newest, bytes.subarray(0, bytes.length - 1000));
    const refused = await train(['--resume', 'damaged']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/checkpoint\.safetensors is not a complete checkpoint: /);
    expect(/--resume (\S+checkpoint\.previous\.safetensors)/.exec(refused.stderr)?.[1]).toBeDefined();
    const again = await train([...ARGS, ...SMALL, '--out', 'damaged']);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/--out: .*damaged already contains a run .* Add --force to overwrite it/);
    // as after a crash between the two renames
    await rm(newest);
    const resumed = await train(['--resume', 'damaged']);
    expect(resumed.stderr).toMatch(
      /checkpoint\.safetensors is missing, probably after a crash; resuming from/,
    );
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(/recipe +paper/);
    expect(resumed.stderr).toMatch(/learning rate +0\.002, divided by 10 when the validation loss/);
    expect(resumed.stderr).toContain('0.4 x center loss (released, over the logits)');
  });

  test.each([
    ['a folder without one', 'faces', /--resume: faces contains no checkpoint/],
    [
      'a finished run',
      'whole',
      /--resume: whole contains no checkpoint: this run has ended \(its weights are in weights\.safetensors\)\. To continue training, start a new run with --init whole.weights\.safetensors\n$/,
    ],
    [
      'weights',
      'whole/weights.safetensors',
      /has the format "pt".*A run cannot be resumed from weights only/,
    ],
  ])('%s', async (_, path, message) => {
    const { code, stderr } = await train(['--resume', path]);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});

describe('feathergrad train rejects', () => {
  test.each([
    ['a recipe for drawn faces', ['--recipe', 'paper'], /--recipe paper is for your own images.*--data/],
    ['an augmentation of drawn faces', ['--augment', 'strong'], /--augmentation strong is for photos/],
    [
      'mixup with the center loss',
      ['--mixup', '0.2', '--lambda', '0.4'],
      /--mixup blends images of two classes/,
    ],
    ['unequal parts', ['--batch', '32', '--accumulate', '5'], /--accumulate 5 does not divide a batch of 32/],
    ['a decay of 1', ['--ema', '1'], /'--ema <decay>' argument '1' is invalid/],
    ['a balance above 1', ['--balance', '2'], /expected a number from 0 to 1/],
  ])('%s', async (_, args, message) => {
    const { code, stderr } = await train(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});
