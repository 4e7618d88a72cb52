// `npm run bench [-- flags]`: measures feathergrad against this device's limits. See own/main.ts for the flags.
import { join } from 'node:path';
import { ensureEnvironment } from '../scripts/ensure-environment.mjs';
import { root, run } from '../scripts/run.mjs';

const isHelp = process.argv.some((word) => word === '--help' || word === '-h'); // needs no GPU and no build
ensureEnvironment(isHelp ? [] : ['lavapipe', 'gpu']);
// for the size of the page; FEATHERGRAD_BUILT means that dist/ is up to date
const isFresh = isHelp || process.env.FEATHERGRAD_BUILT === '1';
if (!isFresh && run(process.execPath, ['scripts/build.mjs']) !== 0) process.exit(1);
const { bench, bundleForNode } = await import('./bundle.mjs');

const outdir = 'node_modules/.cache/feathergrad/bench';
await bundleForNode({ main: 'bench/own/main.ts', 'first-step': 'bench/own/first-step.ts' }, outdir);
const env = { ...process.env, FEATHERGRAD_BENCH: bench };
const flags = ['--enable-source-maps', join(root, outdir, 'main.mjs')];
process.exit(run(process.execPath, [...flags, ...process.argv.slice(2)], { env }));
