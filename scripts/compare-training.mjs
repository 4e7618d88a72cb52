// Trains and evaluates a list of networks. Finished results are kept, so an interrupted run continues when it is
// started again.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from './run.mjs';

const main = join(root, 'dist/cli/main.js');
/** Imports a module of the build. @type {(path: string) => Promise<any>} */
export const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);

/** Options of both scripts that are passed on to `feathergrad train`. */
export const SHARED_OPTIONS = /** @type {const} */ ({
  data: { type: 'string' },
  size: { type: 'string' },
  epochs: { type: 'string' },
  batch: { type: 'string' },
  subset: { type: 'string' },
  seed: { type: 'string' },
  adapter: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean' },
});
/** Options for the center loss of the paper's released code. */
export const RELEASED_CENTERS = ['--lambda', '0.4', '--center', 'released', '--over', 'logits'];

const PASSED = ['size', 'epochs', 'batch', 'subset', 'seed', 'adapter'];

/**
 * Parses the command line; prints the usage and ends the process for errors and --help.
 * @param {string} usage
 * @param {Record<string, { type: 'string' | 'boolean', default?: string }>} options
 * @returns {{ values: Record<string, string | boolean | undefined>, passed: string[] }} `passed`: for every training
 */
export function readArguments(usage, options) {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (typeof values.data !== 'string') throw new Error('--data is missing');
    const passed = PASSED.flatMap((name) =>
      typeof values[name] === 'string' ? [`--${name}`, String(values[name])] : [],
    );
    return { values, passed: [...passed, ...positionals] };
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(1);
  }
}

/**
 * Runs a command with --json and returns its object; its progress appears on this terminal.
 * @param {string[]} args
 * @returns {Promise<any>}
 */
export function feathergrad(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args, '--json'], {
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.once('close', (code) => {
      if (code !== 0) process.exit(code ?? 1);
      resolve(JSON.parse(text.trimEnd().split('\n').at(-1) ?? ''));
    });
  });
}

/**
 * @typedef {object} Row
 * @property {string} name name of its folder
 * @property {string} variant of the network
 * @property {string[]} options of `feathergrad train`
 *
 * @typedef {object} Result
 * @property {number} share accuracy, 0 to 1
 * @property {string} interval 95 %, in per cent
 * @property {number} macroF1
 * @property {number} keptEpoch
 * @property {number} parameters
 * @property {number} macs
 * @property {number} images number of images the accuracy was measured on
 * @property {number} imagesPerSecond of the training
 * @property {number} seconds of the training
 * @property {string} confusionOf the images it was measured on
 */

/**
 * Trains and evaluates the rows without results.
 * @param {readonly Row[]} rows
 * @param {string} out folder with one subfolder per row
 * @returns {Promise<Result[]>}
 */
export async function trainAll(rows, out) {
  process.on('SIGINT', () => {}); // Ctrl-C is the training's, which keeps what it has reached
  const { ConfusionMatrix, wilsonInterval } = await built('index.js');
  const results = [];
  for (const { name, variant, options } of rows) {
    const folder = join(out, name);
    const file = join(folder, 'result.json');
    if (!existsSync(file)) {
      console.error(`\n${name}`);
      const isBegun = ['checkpoint.safetensors', 'checkpoint.previous.safetensors'].some((name) =>
        existsSync(join(folder, name)),
      );
      const trained = await feathergrad(
        isBegun
          ? ['train', '--resume', folder]
          : ['train', '--variant', variant, ...options, '--out', folder, '--force'],
      );
      const { parameters, macs } = await feathergrad(['summary', '--variant', variant]);
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, JSON.stringify({ ...trained, parameters, macs }));
    }
    const row = JSON.parse(readFileSync(file, 'utf8'));
    const share = row.validAccuracy ?? row.trainAccuracy;
    const matrix = ConfusionMatrix.from(row.confusion);
    const ends = wilsonInterval(Math.round(share * matrix.total), matrix.total);
    const interval = ends.map((/** @type {number} */ end) => (100 * end).toFixed(1)).join(' to ');
    results.push({ ...row, share, interval, macroF1: matrix.macroF1, images: matrix.total });
  }
  return results;
}

/**
 * Prints a table and saves it with the runs.
 * @param {string[]} lines
 * @param {string} file
 */
export function writeTable(lines, file) {
  const text = lines.join('\n');
  writeFileSync(file, `${text}\n`);
  console.log(text);
}
