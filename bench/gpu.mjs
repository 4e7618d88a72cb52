// `npm run bench:gpu [-- flags]`: measures a GPU within a time limit; with `--pack FILE` it writes an archive that does
// the same on a Linux machine without a network. See gpu/main.ts for the flags.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEnvironment } from '../scripts/ensure-environment.mjs';
import { root, run } from '../scripts/run.mjs';

const words = process.argv.slice(2);
const isHelp = words.some((word) => word === '--help' || word === '-h'); // needs no GPU and no build
const isPack = words.some((word) => word === '--pack' || word.startsWith('--pack='));
ensureEnvironment(isHelp || isPack ? [] : ['lavapipe']);
const { bench, bundleForNode } = await import('./bundle.mjs');
const cache = 'bench/node_modules/.cache/gpu';

if (!isHelp) {
  if (!existsSync(join(bench, 'node_modules/onnxruntime-web/package.json'))) {
    console.log('[bench] installing the other libraries');
    if (run('npm', ['ci', '--prefix', bench, '--no-audit', '--no-fund']) !== 0) process.exit(1);
  }
  // for training and the archive; FEATHERGRAD_BUILT means that dist/ is up to date
  const isFresh = process.env.FEATHERGRAD_BUILT === '1';
  if (!isFresh && run(process.execPath, ['scripts/build.mjs']) !== 0) process.exit(1);
}
const entries = { main: 'bench/gpu/main.ts', part: 'bench/gpu/part.ts', child: 'bench/peers/child.ts' };
await bundleForNode(isHelp ? { main: entries.main } : entries, cache, 'bundle');
if (isPack) {
  const { pack } = await import('./pack.mjs');
  process.exit(await pack(words, join(root, cache)));
}
const { peerVersions } = await import('./pack.mjs');
const env = { ...process.env, FEATHERGRAD_BENCH: bench, FEATHERGRAD_PEERS: JSON.stringify(peerVersions()) };
process.exit(
  run(process.execPath, ['--enable-source-maps', join(root, cache, 'main.mjs'), ...words], { env }),
);
