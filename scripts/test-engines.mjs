// `npm run test:engines [-- deno bun firefox]`: the same checks (prediction, all ops with gradients, 20 training steps,
// every kernel specialization) in engines other than Node with Dawn, and compares the results with Dawn's.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { compareReports } from './engines/compare-reports.mjs';
import { findBun, findDeno, findFirefox, versionOf } from './engines/find-engines.mjs';
import { checkInFirefox } from './engines/firefox.mjs';
import { ensureEnvironment } from './ensure-environment.mjs';
import { root } from './run.mjs';
import { wgslForBuild } from './wgsl-plugin.mjs';

/** @typedef {import('../tests/engines/checks.ts').EngineReport} EngineReport */

const folder = join(root, 'node_modules/.cache/feathergrad/engines');
const pipelines = join(folder, 'pipelines.json');
/**
 * Tolerances between engines that compile and round differently, relative to a tensor's largest value. Twenty training
 * steps amplify rounding differences about a hundredfold.
 */
const TOLERANCES = { prediction: 1e-5, ops: 5e-6, training: 5e-3, parameters: 5e-3 };

const ENGINES = {
  deno: {
    title: 'Deno (wgpu)',
    find: findDeno,
    missing: 'install Deno 2.9 or later, or set DENO_PATH',
    check: (/** @type {string} */ binary) => runChecks('deno', binary, ['run', '-A', '--no-lock'], 'page'),
  },
  bun: {
    title: 'Bun (Dawn)',
    find: findBun,
    missing: 'install Bun, or set BUN_PATH',
    check: (/** @type {string} */ binary) => runChecks('bun', binary, [], 'node'),
  },
  firefox: {
    title: 'Firefox (wgpu)',
    find: findFirefox,
    missing: 'install Firefox 141 or later (Debian: apt-get install firefox-esr), or set FIREFOX_PATH',
    check: (/** @type {string} */ binary) => checkInFirefox(binary, folder),
  },
};
/** @typedef {keyof typeof ENGINES} EngineName */

const names = /** @type {EngineName[]} */ (Object.keys(ENGINES));
const given = process.argv.slice(2);
if (given.some((one) => one === '--help' || one === '-h')) {
  console.log(`npm run test:engines [-- NAME ...]\nwith some of ${names.join(', ')} (default: all)`);
  process.exit(0);
}
const unknown = given.find((name) => !names.includes(/** @type {EngineName} */ (name)));
if (unknown) {
  console.error(`test:engines: unknown engine (got ${unknown}, expected some of ${names.join(', ')})`);
  process.exit(2);
}
const chosen = names.filter((name) => given.length === 0 || given.includes(name));

ensureEnvironment(['gpu']);
await bundle();
const reference = runChecks('node', process.execPath, [], 'node', 'note');
const total = JSON.parse(readFileSync(pipelines, 'utf8')).length;
/** @type {string[][]} */
const rows = [row('Node (Dawn)', process.versions.node, reference, ['reference', 'reference', 'reference'])];
/** @type {string[]} */
const faults = [];
for (const name of chosen) {
  const engine = ENGINES[name];
  const binary = engine.find();
  if (!binary) {
    faults.push(`${engine.title}: not found; ${engine.missing}`);
    rows.push([engine.title, 'missing', '', '', '', '', '', '']);
    continue;
  }
  const version = versionOf(binary);
  console.log(`${engine.title} ${version}: ${binary}`);
  try {
    rows.push(judge(engine.title, version, await engine.check(binary)));
  } catch (error) {
    faults.push(`${engine.title} ${version}: ${error instanceof Error ? error.message : error}`);
    rows.push([engine.title, version, 'failed', '', '', '', '', '']);
  }
}
const titles = ['Engine', 'Version', 'Adapter', 'Prediction', 'Ops', 'Training', 'Kernels', 'Read, ms'];
console.log(
  `\n${[titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`,
);
console.log('\nPrediction, ops, training: largest difference from Node, relative to the largest value.');
for (const fault of faults) console.error(`\n${fault}`);
process.exit(faults.length > 0 ? 1 : 0);

/** Bundles the checks, and copies the weights to where the bundle expects them. */
async function bundle() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const entries = ['checks', 'node', 'page'];
  await build({
    absWorkingDir: root,
    entryPoints: entries.map((name) => `tests/engines/${name}.ts`),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    mainFields: ['module', 'main'],
    external: ['webgpu', 'sharp'],
    alias: { fflate: 'fflate/browser' },
    banner: { js: '' },
    plugins: [wgslForBuild()],
    logLevel: 'error',
  });
  cpSync(join(root, 'src/models/fer-mobilenetv3/weights'), join(folder, 'weights'), { recursive: true });
  copyFileSync(join(root, 'scripts/engines/run-checks.mjs'), join(folder, 'run-checks.mjs'));
}

/**
 * @param {string} name
 * @param {string} program
 * @param {string[]} options
 * @param {'node' | 'page'} entry
 * @param {string[]} more
 * @returns {EngineReport}
 */
function runChecks(name, program, options, entry, ...more) {
  const report = join(folder, `report-${name}.json`);
  const { status, error } = spawnSync(
    program,
    [...options, join(folder, 'run-checks.mjs'), entry, report, pipelines, ...more],
    { cwd: folder, stdio: 'inherit' },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`the checks ended with exit code ${status}; see above`);
  return JSON.parse(readFileSync(report, 'utf8'));
}

/**
 * @param {string} title
 * @param {string} version
 * @param {EngineReport} report
 */
function judge(title, version, report) {
  const found = compareReports(reference, report);
  const ops = found.ops.filter(({ error }) => error > TOLERANCES.ops);
  if (ops.length > 0) {
    const list = ops.slice(0, 10).map(({ name, error }) => `${name} ${error.toExponential(1)}`);
    faults.push(`${title}: ${ops.length} of ${found.ops.length} op results differ: ${list.join(', ')}`);
  }
  for (const part of /** @type {const} */ (['prediction', 'training', 'parameters'])) {
    if (!(found[part] <= TOLERANCES[part])) faults.push(`${title}: ${part} differs by ${found[part]}`);
  }
  if (report.refused.length > 0) {
    const list = report.refused.slice(0, 5).join('\n  ');
    faults.push(`${title}: ${report.refused.length} kernel specializations were rejected:\n  ${list}`);
  }
  const numbers = [found.prediction, found.ops[0]?.error ?? 0, found.training];
  return row(
    title,
    version,
    report,
    numbers.map((value) => (value === 0 ? 'equal' : value.toExponential(1))),
  );
}

/**
 * @param {string} title
 * @param {string} version
 * @param {EngineReport} report
 * @param {string[]} differences
 */
function row(title, version, report, differences) {
  const kernels = `${total - report.refused.length} of ${total}`;
  return [title, version, report.adapter, ...differences, kernels, report.readMilliseconds.toFixed(1)];
}
