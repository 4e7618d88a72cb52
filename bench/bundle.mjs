// Benchmarks are TypeScript over the library's sources: bundled here before they run, as the build does it.
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/run.mjs';
import { wgslForBuild } from '../scripts/wgsl-plugin.mjs';

export const bench = join(root, 'bench');

/** Never in a bundle: Dawn is native, the others are what libraries would load in Node and here do not. */
const external = ['webgpu', 'sharp', 'node-fetch'];

/**
 * Bundles entries for Node into `outdir`, from where packages are found.
 * @param {Record<string, string>} entryPoints name of the output to path
 * @param {string} outdir below the project's root
 * @param {'external' | 'bundle'} packages `bundle`: as a page would load them
 */
export async function bundleForNode(entryPoints, outdir, packages = 'external') {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages,
    ...(packages === 'bundle' && {
      external,
      mainFields: ['module', 'main'],
      // TensorFlow.js asks for Node's modules by require()
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
      },
    }),
    plugins: [wgslForBuild()],
    sourcemap: true,
    logLevel: packages === 'bundle' ? 'error' : 'warning',
  });
}

/**
 * Bundles entries for a page, each library in a chunk that is loaded when it is asked for.
 * @param {Record<string, string>} entryPoints name of the output to path
 * @param {string} outdir below the project's root
 */
export async function bundleForPage(entryPoints, outdir) {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    external: [...external, 'util', 'crypto', 'fs', 'path', 'perf_hooks', 'worker_threads', 'os'],
    plugins: [wgslForBuild()],
    sourcemap: true,
    logLevel: 'error',
  });
}
