// `npm run bench:docs [-- result.json ...]`: adds results to docs/results/ and writes the tables and images of
// docs/performance.md from them. See docs/main.ts.
import { join } from 'node:path';
import { root, run } from '../scripts/run.mjs';
import { bench, bundleForNode } from './bundle.mjs';

const outdir = 'node_modules/.cache/feathergrad/bench-docs';
await bundleForNode({ main: 'bench/docs/main.ts' }, outdir);
const env = { ...process.env, FEATHERGRAD_BENCH: bench };
const flags = ['--enable-source-maps', join(root, outdir, 'main.mjs')];
process.exit(run(process.execPath, [...flags, ...process.argv.slice(2)], { env }));
