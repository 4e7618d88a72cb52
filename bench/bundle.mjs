// The benchmarks are TypeScript that imports the library's sources; this bundles them before they run, like the build.
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/run.mjs';
import { wgslForBuild } from '../scripts/wgsl-plugin.mjs';

export const bench = join(root, 'bench');

/**
 * Packages that are never bundled: Dawn is native, and the others are Node versions that the libraries do not load
 * here.
 */
const external = ['webgpu', 'sharp', 'node-fetch'];

/**
 * Bundles entries for Node into `outdir`, from which packages are resolved.
 * @param {Record<string, string>} entryPoints paths by name of the output
 * @param {string} outdir below the project's root
 * @param {'external' | 'bundle'} packages `bundle` includes packages as a page would load them
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
      // TensorFlow.js loads Node's modules with require()
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
 * Bundles entries for a page, each library in a chunk that is loaded on demand.
 * @param {Record<string, string>} entryPoints paths by name of the output
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
