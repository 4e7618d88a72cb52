import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

/** Sizes of the files that a page loads, in bytes. */
export interface BundleSize {
  minified: number;
  gzipped: number;
}

/** A page that recognizes a face with its own weights: device, network, weights, prediction. */
const INFERENCE_PAGE = `
import { createDevice, FerMobileNetV3 } from './dist/index.js';
const model = new FerMobileNetV3().to(await createDevice());
model.loadStateDict(new Map());
console.log(await model.predict(document.querySelector('canvas')));`;

/**
 * Returns the size of the inference page's part of the built library (dist/ must exist), tree-shaken, minified and
 * gzipped, without code that is loaded on demand (`FerMobileNetV3.pretrained`).
 */
export function inferencePageSize(root: string): Promise<BundleSize> {
  return bundleSize(
    { stdin: { contents: INFERENCE_PAGE, resolveDir: root }, absWorkingDir: root },
    'at once',
  );
}

/** Bundles an entry for a browser and measures its size: everything, or only what is loaded immediately. */
export async function bundleSize(entry: BuildOptions, what: 'all' | 'at once' = 'all'): Promise<BundleSize> {
  const { outputFiles, metafile } = await build({
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    outdir: '/',
    logLevel: 'silent',
    ...entry,
    metafile: true,
    write: false,
  });
  const outputs = Object.entries(metafile.outputs);
  const onDemand = new Set(
    outputs.flatMap(([, { imports }]) =>
      imports.flatMap(({ kind, path }) => (kind === 'dynamic-import' ? [path] : [])),
    ),
  );
  const isFirst = ([path, { entryPoint }]: (typeof outputs)[number]) =>
    entryPoint !== undefined && !onDemand.has(path);
  const loaded = new Set(outputs.filter((one) => what === 'all' || isFirst(one)).map(([path]) => path));
  for (const path of loaded) {
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement') loaded.add(next);
    }
  }
  const names = new Set([...loaded].map((path) => path.split('/').at(-1)));
  const sizes = outputFiles
    .filter(({ path }) => names.has(path.split('/').at(-1)))
    .map(({ contents }) => ({
      minified: contents.length,
      gzipped: gzipSync(contents, { level: 9 }).length,
    }));
  return {
    minified: sizes.reduce((sum, { minified }) => sum + minified, 0),
    gzipped: sizes.reduce((sum, { gzipped }) => sum + gzipped, 0),
  };
}
