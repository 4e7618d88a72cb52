// `npm run bench:peers [-- flags]`: compares feathergrad with other libraries. See peers/main.ts for the flags. The
// other libraries are installed into bench/ only.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEnvironment } from '../scripts/ensure-environment.mjs';
import { root, run } from '../scripts/run.mjs';

const isHelp = process.argv.some((word) => word === '--help' || word === '-h'); // needs no GPU and no build
ensureEnvironment(isHelp ? [] : ['lavapipe', 'gpu', 'chromium']);
const { bench, bundleForNode, bundleForPage } = await import('./bundle.mjs');
const cache = 'bench/node_modules/.cache';

/** Prerequisites: the other libraries, a build and the bundles. */
async function prepare() {
  if (!existsSync(join(bench, 'node_modules/onnxruntime-web/package.json'))) {
    console.log('[bench] installing the other libraries');
    const npm = ['ci', '--prefix', bench, '--no-audit', '--no-fund'];
    if (run('npm', npm) !== 0) process.exit(1);
  }
  // the size of feathergrad's page is measured from the build; FEATHERGRAD_BUILT means that dist/ is up to date
  const isFresh = process.env.FEATHERGRAD_BUILT === '1';
  if (!isFresh && run(process.execPath, ['scripts/build.mjs']) !== 0) process.exit(1);
  await bundleForNode({ child: 'bench/peers/child.ts' }, `${cache}/node`, 'bundle');
  await bundleForPage({ page: 'bench/peers/page.ts' }, `${cache}/site`);
}

if (!isHelp) await prepare();
await bundleForNode({ main: 'bench/peers/main.ts' }, `${cache}/node`);
const env = { ...process.env, FEATHERGRAD_BENCH: bench };
const flags = ['--enable-source-maps', join(root, cache, 'node/main.mjs')];
process.exit(run(process.execPath, [...flags, ...process.argv.slice(2)], { env }));
