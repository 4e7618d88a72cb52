// `npm run test:examples [-- name ...]`: packs feathergrad, installs the tarball into a copy of each example, builds
// and runs it there, and compares its prediction for examples/face.png with that of `feathergrad predict`. Downloads
// the bundlers from npm. Exits with code 1 on a failure.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { findBun, findDeno, versionOf } from './engines/find-engines.mjs';
import { ensureEnvironment } from './ensure-environment.mjs';
import { chromiumArguments, findChromium } from './find-chromium.mjs';
import { root } from './run.mjs';
import { serveFolder } from './serve-folder.mjs';

/**
 * @typedef {object} Example
 * @property {string} [folder] in examples/ (default: the example's name)
 * @property {string} tool the npm package whose version is printed, or the engine
 * @property {string} [build] a command, run with npx
 * @property {(app: string) => Promise<string>} answer runs it and returns `label percent %`
 */

const TIMEOUT = 300_000;
/** Tolerance in percentage points, for different GPUs and rounding to two decimals. */
const TOLERANCE = 0.02;
const face = join(root, 'examples/face.png');
const pageIn = (/** @type {string} */ folder) => (/** @type {string} */ app) =>
  answerOfFolder(join(app, folder));
/** Runs with and without WebGPU; the predictions must agree. @param {string} app */
async function answerOfBoth(app) {
  const onGpu = await answerOfFolder(join(app, 'dist'));
  const onCpu = await answerOfFolder(join(app, 'dist'), false);
  if (onGpu !== onCpu) throw new Error(`the GPU predicts ${onGpu}, but the CPU predicts ${onCpu}`);
  return onCpu;
}

/** @type {Record<string, Example>} */
const EXAMPLES = {
  vite: { tool: 'vite', build: 'vite build', answer: pageIn('dist') },
  webpack: { tool: 'webpack', build: 'webpack', answer: pageIn('dist') },
  esbuild: { tool: 'esbuild', build: 'node build.mjs', answer: pageIn('dist') },
  rollup: { tool: 'rollup', build: 'rollup -c', answer: pageIn('dist') },
  parcel: { tool: 'parcel', build: 'parcel build index.html --public-url ./', answer: pageIn('dist') },
  next: { tool: 'next', build: 'next build', answer: answerOfNext },
  'next-webpack': { folder: 'next', tool: 'next', build: 'next build --webpack', answer: answerOfNext },
  'import-map': { tool: 'feathergrad', answer: pageIn('.') },
  'no-webgpu': { tool: 'onnxruntime-web', build: 'npm run build', answer: answerOfBoth },
  node: { tool: 'node', answer: async (app) => run([process.execPath, 'main.mjs', face], app) },
  deno: { tool: 'deno', answer: async (app) => run([engine('deno'), 'run', '-A', 'main.ts', face], app) },
  bun: { tool: 'bun', answer: async (app) => run([engine('bun'), 'main.ts', face], app) },
};

if (process.argv.some((one) => one === '--help' || one === '-h')) {
  console.log(
    `npm run test:examples [-- NAME ...]\nwith some of ${Object.keys(EXAMPLES).join(', ')} (default: all)`,
  );
  process.exit(0);
}
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(EXAMPLES);
const unknown = chosen.find((name) => !Object.hasOwn(EXAMPLES, name));
if (unknown) {
  console.error(
    `test:examples: unknown example (got ${unknown}, expected some of ${Object.keys(EXAMPLES).join(', ')})`,
  );
  process.exit(2);
}
ensureEnvironment(['gpu']);
const folder = mkdtempSync(join(tmpdir(), 'feathergrad-examples-'));
/** @type {string[]} */
const rows = [];
/** @type {string[]} */
const faults = [];
try {
  const packed = run(['npm', 'pack', '--json', '--pack-destination', folder], root);
  const [{ filename }] = JSON.parse(packed.slice(packed.search(/^\[/m)));
  const command = [
    process.execPath,
    join(root, 'dist/cli/main.js'),
    'predict',
    face,
    '--faces',
    'none',
    '--json',
  ];
  const [{ label, probability }] = JSON.parse(run(command, root)).predictions;
  for (const name of chosen) {
    const started = performance.now();
    const example = /** @type {Example} */ (EXAMPLES[name]);
    const app = join(folder, name);
    let answer = '';
    try {
      cpSync(join(root, 'examples', example.folder ?? name), app, { recursive: true });
      run(['npm', 'install', '--no-audit', '--no-fund', join(folder, filename)], app);
      if (example.build) run(commandOf(example.build), app);
      answer = (await example.answer(app)).trim();
      const [, found, percent] = /^(\w+) ([\d.]+) %$/.exec(answer) ?? [];
      if (found !== label || !(Math.abs(Number(percent) - 100 * probability) < TOLERANCE)) {
        throw new Error(
          `wrong answer (got "${answer}", expected ${label} ${(100 * probability).toFixed(2)} %)`,
        );
      }
    } catch (error) {
      const {
        message,
        stdout = '',
        stderr = '',
      } = /** @type {Error & { stdout?: string, stderr?: string }} */ (error);
      faults.push(`${name}: ${message}\n${stdout}${stderr}`);
      answer = 'failed';
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    rows.push(`| ${name} | ${example.tool} ${versionIn(app, example.tool)} | ${answer} | ${seconds} |`);
    console.log(rows.at(-1));
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`\n| example | tested with | answer | seconds |\n|---|---|---|---|\n${rows.join('\n')}`);
for (const fault of faults) console.error(`\n${fault}`);
console.log(`\n${chosen.length - faults.length} passed, ${faults.length} failed`);
process.exit(faults.length > 0 ? 1 : 0);

/** @param {string[]} command @param {string} cwd */
function run([program = '', ...args], cwd) {
  return execFileSync(program, args, {
    cwd,
    timeout: TIMEOUT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
  });
}

/** @param {string} text */
function commandOf(text) {
  const words = text.split(' ');
  return words[0] === 'npm' ? words : ['npx', ...words];
}

/** @param {'deno' | 'bun'} name */
function engine(name) {
  const binary = name === 'deno' ? findDeno() : findBun();
  if (!binary) throw new Error(`${name} was not found. Install it.`);
  return binary;
}

/** @param {string} app @param {string} tool */
function versionIn(app, tool) {
  try {
    if (tool === 'node') return process.versions.node;
    if (tool === 'deno' || tool === 'bun') return versionOf(engine(tool));
    return JSON.parse(readFileSync(join(app, 'node_modules', tool, 'package.json'), 'utf8')).version;
  } catch {
    return '?';
  }
}

/** Serves a folder and returns the prediction shown by its page. @param {string} served @param {boolean} [webgpu] */
async function answerOfFolder(served, webgpu = true) {
  const { origin, close } = await serveFolder(join(served));
  try {
    return await answerOfPage(`${origin}/`, webgpu);
  } finally {
    close();
  }
}

/**
 * Chooses the image in the page like a visitor, and returns the prediction shown.
 * @param {string} url
 * @param {boolean} [webgpu]
 */
async function answerOfPage(url, webgpu = true) {
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: chromiumArguments().filter((argument) => webgpu || argument !== '--enable-unsafe-webgpu'),
  });
  try {
    const page = await browser.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(url);
    const output = page.locator('output');
    const shown = async (/** @type {string} */ awaited) => {
      await page.waitForFunction(awaited, undefined, { timeout: 90_000 }).catch(async () => {
        throw new Error(
          `the page shows "${await output.textContent()}"; errors: ${errors.join('; ') || 'none'}`,
        );
      });
    };
    await shown("document.querySelector('output')?.dataset.state === 'ready'");
    await page.setInputFiles('input', face);
    await shown("/%$/.test(document.querySelector('output').textContent)");
    return (await output.textContent()) ?? '';
  } finally {
    await browser.close();
  }
}

/** Starts Next's server and returns the predictions of its route and its page, which must agree. @param {string} app */
async function answerOfNext(app) {
  const port = await freePort();
  const next = join(app, 'node_modules/next/dist/bin/next');
  const server = spawn(process.execPath, [next, 'start', '-H', '127.0.0.1', '-p', String(port)], {
    cwd: app,
  });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (log += chunk));
  try {
    const url = `http://127.0.0.1:${port}`;
    const body = readFileSync(face);
    const response = await untilReady(() => fetch(`${url}/api/predict`, { method: 'POST', body }));
    if (!response.ok) throw new Error(`the route responded ${response.status}:\n${log}`);
    const [best] = await response.json();
    const ofRoute = `${best.label} ${(100 * best.probability).toFixed(2)} %`;
    const ofPage = await answerOfPage(`${url}/`);
    if (ofRoute !== ofPage) throw new Error(`the route predicts ${ofRoute}, but the page predicts ${ofPage}`);
    return ofPage;
  } finally {
    server.kill();
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((done) => server.close(done));
  return port;
}

/** @template T @param {() => Promise<T>} attempt @returns {Promise<T>} */
async function untilReady(attempt) {
  for (let left = 60; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}
