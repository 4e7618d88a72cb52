// `node scripts/probe.mjs gpu|lavapipe|chromium`: prints the result and exits with 0, or prints the reason and exits
// with 1.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './run.mjs';

try {
  const what = process.argv[2];
  console.log(
    what === 'chromium' ? await chromium() : await gpu(what === 'lavapipe' ? 'lavapipe' : undefined),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function chromium() {
  const { findChromium } = await import('./find-chromium.mjs');
  const path = await findChromium();
  if (!path) throw new Error('no Chromium, Chrome or Edge found');
  return path;
}

/**
 * Runs the library's search, bundled from its source so that it also works before the first build.
 * @param {'lavapipe' | undefined} choice undefined for the library's default
 */
async function gpu(choice) {
  const { build } = await import('esbuild');
  const outfile = join(root, 'node_modules/.cache/feathergrad/adapters.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['src/node/adapters.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['webgpu'],
  });
  /** @type {typeof import('../src/node/adapters.ts')} */
  const { openGpu } = await import(pathToFileURL(outfile).href);
  const opened = await openGpu(choice ? { adapter: choice } : {});
  const device = await opened.adapter.requestDevice();
  device.destroy();
  opened.release();
  return `${opened.description} (${opened.kind})`;
}
