// The examples of the playground, each run with the library's source on a small device.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import * as data from '../../src/data/index.ts';
import * as faces from '../../src/faces/index.ts';
import * as formats from '../../src/formats/index.ts';
import * as core from '../../src/index.ts';
import * as models from '../../src/models/index.ts';
import { testDevice } from '../../tests/support/device.ts';
import { EXAMPLES } from '../src/playground/example-list.ts';
import type { Output } from '../src/playground/sandbox/messages.ts';
import { type ShowOptions, showValue, textOf } from '../src/playground/sandbox/show.ts';

const folder = fileURLToPath(new URL('../src/playground/examples/', import.meta.url));
const names = EXAMPLES.flatMap(({ list }) => list.map(({ name }) => name));

/** What an example must show, besides running without an error. */
const EXPECTED: Record<string, RegExp> = {
  'first-tensor': /f32 \[2, 3\] 2,5,10,17,26,37$/,
  shapes: /permute turns \[ 2, 5, 10 \] into \[ 10, 2, 5 \]/,
  'check-a-gradient': /passed · 9 slopes/,
  downhill: /\{"height":25\}.*\{"height":0\.0/s,
  'fit-a-line': /slope (1\.9|2\.0).*intercept -(0\.9|1\.0)/s,
  xor: /Probability.*f32 \[4, 1\] 0\.0\d*,0\.9\d*,0\.9\d*,0\.0/s,
  'convolution-by-hand': /difference between loops and GPU: \d\.\de-[678]/,
  'depthwise-separable': /ordinary: 73728 weights, 57802752 multiply-adds.*separable: 8768 weights, 6874112/s,
  'network-sizes': /resnet20 +0\.27 M/,
  'depthwise-cnn': /epoch 4: \d+ % correct/,
  optimizers: /"SGD":.*"Adam":.*"RMSprop":/s,
  'own-op': /The gradient is correct: 20 slopes/,
  pretrained: /(?:Happy|Neutral).*%/,
  'save-weights': /The file has \d+ bytes/,
};

const MODULES: Record<string, object> = {
  'feathergrad/data': data,
  'feathergrad/faces': faces,
  'feathergrad/formats': formats,
  'feathergrad/models': models,
};
type Program = (
  modules: Record<string, object>,
  kernel: string,
  show: unknown,
  console: object,
) => Promise<void>;
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (...text: string[]) => Program;

async function runExample(name: string): Promise<string> {
  const device = await testDevice();
  const source = await readFile(`${folder}${name}.ts`, 'utf8');
  const kernel = await readFile(`${folder}${name}.wgsl`, 'utf8').catch(() => '');
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'es2023' });
  const body = code
    .replace(/^import (\w+) from "\.\/kernel\.wgsl";$/gm, 'const $1 = kernel;')
    .replace(/^import (\{[^}]*\}) from "([^"]+)";$/gm, (_, list: string, module: string) => {
      return `const ${list.replaceAll(' as ', ': ')} = modules[${JSON.stringify(module)}];`;
    });
  const said: string[] = [];
  const print = (output: Output) => {
    if (output.kind === 'text') said.push(output.text);
    else if (output.kind === 'point') said.push(JSON.stringify(output.values));
    else
      said.push(`${output.title} ${output.dtype} [${output.shape.join(', ')}] ${output.values.slice(0, 9)}`);
  };
  const pending: Promise<void>[] = [];
  const show = (value: unknown, options: ShowOptions = {}) => {
    pending.push(showValue(value, options, print));
    return pending.at(-1);
  };
  const modules = { ...MODULES, feathergrad: { ...core, createDevice: () => Promise.resolve(device) } };
  const log = (...values: unknown[]) => said.push(values.map(textOf).join(' '));
  await new AsyncFunction('modules', 'kernel', 'show', 'console', body)(modules, kernel, show, { log });
  await Promise.all(pending);
  return said.join('\n');
}

test.each(names)('%s runs and shows what it promises', async (name) => {
  const said = await runExample(name);
  expect(said).toMatch(EXPECTED[name] ?? /./);
  expect(said).not.toMatch(/NaN|undefined|\[object /);
});

test('every example is listed once and explains itself', async () => {
  const files = await readdir(folder);
  expect(files.filter((file) => file.endsWith('.ts')).sort()).toEqual(
    names.map((name) => `${name}.ts`).sort(),
  );
  expect(names.length).toBeGreaterThanOrEqual(20);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    const [title = '', about = ''] = (await readFile(`${folder}${name}.ts`, 'utf8')).split('\n');
    expect(title, name).toMatch(/^\/\/ [A-Z].*[.:?]$/);
    expect(about, name).toMatch(/^\/\/ \w.*\.$/);
  }
  for (const file of files.filter((one) => one.endsWith('.wgsl'))) expect(names).toContain(file.slice(0, -5));
});
