import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

/** Bytes of what a page must load. */
export interface BundleSize {
  minified: number;
  gzipped: number;
}

/** A page that recognises a face: device, network, weights, prediction. */
const INFERENCE_PAGE = `
import { createDevice, FerMobileNetV3 } from './dist/index.js';
const model = new FerMobileNetV3().to(await createDevice());
model.loadStateDict(new Map());
console.log(await model.predict(document.querySelector('canvas')));`;

/** The inference page's bundle from the built library (dist/ must exist), tree-shaken, minified, gzipped. */
export function inferencePageSize(root: string): Promise<BundleSize> {
  return bundleSize({ stdin: { contents: INFERENCE_PAGE, resolveDir: root }, absWorkingDir: root });
}

/** Bundles an entry for a browser and weighs all that is loaded, its lazily loaded parts included. */
export async function bundleSize(entry: BuildOptions): Promise<BundleSize> {
  const { outputFiles } = await build({
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    outdir: '/',
    logLevel: 'silent',
    ...entry,
    write: false,
  });
  const sizes = outputFiles.map(({ contents }) => ({
    minified: contents.length,
    gzipped: gzipSync(contents, { level: 9 }).length,
  }));
  return {
    minified: sizes.reduce((sum, { minified }) => sum + minified, 0),
    gzipped: sizes.reduce((sum, { gzipped }) => sum + gzipped, 0),
  };
}
