// dist/: one ES module per subpath with shared chunks, the CLI, a single minified file for a <script>, types, and the
// licenses of what is bundled. No source maps: the sources are not in the package.
import { access, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root, runTool } from './run.mjs';
import { thirdPartyNotices } from './third-party-notices.mjs';
import { wgslForBuild } from './wgsl-plugin.mjs';

const dist = join(root, 'dist');
/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  outdir: 'dist',
  outbase: 'src',
  plugins: [wgslForBuild()],
  logLevel: 'warning',
  metafile: true,
};
/**
 * CommonJS packages load Node's modules with require(), which ES modules lack; an import at the top of the chunk would
 * break pages that share it.
 * @type {import('esbuild').Plugin}
 */
const requireOfNode = {
  name: 'require of node',
  setup({ onResolve, onLoad }) {
    const namespace = 'node-builtin';
    onResolve({ filter: /^[\w/:]+$/ }, ({ kind, path }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace } : undefined,
    );
    onLoad({ filter: /^/, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }));
  },
};
/**
 * A bundler gives each page of a site the files that the page needs, and does not divide a file. index.js therefore only
 * re-exports, from chunks: additional entries, each of which exports a part of the public API, make esbuild divide the code by
 * what needs it. They are removed after the build.
 */
const PARTS = ['train/fit', 'train/plan', 'train', 'tensor/tuner', 'optim', 'loss', 'rest'];
const partOf = (/** @type {string} */ name) =>
  PARTS.find((part) => `${name}/`.startsWith(`${part}/`)) ?? 'rest';
/** @type {import('esbuild').Plugin} */
const parts = {
  name: 'parts',
  setup({ onResolve, onLoad }) {
    const namespace = 'part';
    onResolve({ filter: /^part:/ }, ({ path }) => ({ path: path.slice('part:'.length), namespace }));
    onLoad({ filter: /^/, namespace }, ({ path }) => ({
      contents: exported
        .filter((name) => partOf(name) === path)
        .map((name) => `export * from './${name}.ts';`)
        .join('\n'),
      resolveDir: join(root, 'src'),
    }));
  },
};
/** The modules whose exports are part of the public API, without extension. */
const exported = [
  ...(await readFile(join(root, 'src/index.ts'), 'utf8')).matchAll(
    /^(?:export \{|\}).*from '\.\/(.+)\.ts';$/gm,
  ),
].map(([, name = '']) => name);
const WEB_TYPES_FILE = 'web-types.d.ts';
/** DOM interfaces that declarations mention and that a Node project may lack. */
const WEB_TYPES = [
  'AbortSignal',
  'Blob',
  'DataTransfer',
  'DataTransferItemList',
  'File',
  'GPU',
  'GPUAdapter',
  'GPUAdapterInfo',
  'GPUBindGroup',
  'GPUBindGroupLayout',
  'GPUBuffer',
  'GPUBufferDescriptor',
  'GPUCommandEncoder',
  'GPUComputePipeline',
  'GPUComputePipelineDescriptor',
  'GPUDevice',
  'GPUError',
  'GPUQueue',
  'GPUSupportedLimits',
  'HTMLCanvasElement',
  'HTMLImageElement',
  'HTMLVideoElement',
  'ImageBitmap',
  'ImageData',
  'OffscreenCanvas',
  'URL',
  'VideoFrame',
];
const started = performance.now();
await rm(dist, { recursive: true, force: true });

const subpaths = ['data', 'faces', 'formats', 'models'];
const browserEntries = ['src/index.ts', ...subpaths.map((name) => `src/${name}/index.ts`)];
/** @type {import('esbuild').BuildOptions[]} */
const builds = [
  // A check that writes no files: platform `neutral` rejects node: modules in code that a browser loads.
  {
    ...common,
    entryPoints: browserEntries,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    write: false,
  },
  // All subpaths are built in one run, so that `feathergrad/node` and `feathergrad` share the class Device.
  {
    ...common,
    // a separate file for checkpoints, so that index.js does not include safetensors
    entryPoints: [
      ...[...browserEntries, 'src/node/index.ts', 'src/train/checkpoint-file.ts'].map((path) => ({
        in: path,
        out: path.replace(/^src\/|\.ts$/g, ''),
      })),
      ...PARTS.map((name) => ({ in: `part:${name}`, out: `parts/${name}` })),
    ],
    platform: 'node',
    mainFields: ['module', 'main'],
    external: ['webgpu', 'sharp'],
    plugins: [wgslForBuild(), requireOfNode, parts],
    alias: { fflate: 'fflate/browser' }, // pages load these files too; the package's part for Node asks for node:module
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  },
  // The command line in one file. Some of its libraries are CommonJS and need require() for Node's modules. Names are
  // kept, for stack traces.
  {
    ...common,
    minifyWhitespace: true,
    minifySyntax: true,
    entryPoints: ['src/cli/main.ts'],
    platform: 'node',
    mainFields: ['module', 'main'],
    external: ['webgpu', 'sharp'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
  },
  {
    ...common,
    entryPoints: { 'feathergrad.min': 'src/index.ts' },
    platform: 'browser',
    minify: true,
  },
];
// esbuild prints its own errors.
const built = await Promise.all(builds.map((options) => build(options))).catch(() => process.exit(1));
await rm(join(dist, 'parts'), { recursive: true });
const bundled = built.flatMap(({ metafile }, i) => (builds[i]?.write === false ? [] : filesOf(metafile)));
await writeFile(join(dist, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(bundled, root));

if (runTool('typescript', 'tsc', ['-p', 'tsconfig.build.json']) !== 0) process.exit(1);
await writeFile(join(dist, 'feathergrad.min.d.ts'), "export * from './index.js';\n");
await dropUnreachableDeclarations();
await relinkDeclarations();
await dropBareImports();
await placeWeights();
await printSizes();

/** @param {string} ending */
async function listFiles(ending) {
  const names = await readdir(dist, { recursive: true });
  return names.filter((name) => name.endsWith(ending)).map((name) => name.replaceAll('\\', '/'));
}

/**
 * Returns the files whose code is in a build's output.
 * @param {import('esbuild').Metafile | undefined} metafile
 */
function filesOf(metafile) {
  return Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
}

/** Removes declarations that no subpath's types refer to, such as the command line's. */
async function dropUnreachableDeclarations() {
  const reached = new Set();
  const queue = ['index', 'feathergrad.min', 'node/index', ...subpaths.map((name) => `${name}/index`)].map(
    (name) => join(dist, `${name}.d.ts`),
  );
  for (let path = queue.pop(); path; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const text = await readFile(path, 'utf8');
    for (const [, place] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]*)\.[jt]s['"]/g)) {
      queue.push(join(dirname(path), `${place}.d.ts`));
    }
  }
  for (const name of await listFiles('.d.ts')) {
    if (!reached.has(join(dist, name))) await rm(join(dist, name));
  }
  for (const path of reached) await access(path);
  const declared = WEB_TYPES.map((type) => `interface ${type} {}\n`).join('');
  await writeFile(
    join(dist, WEB_TYPES_FILE),
    `// Names from lib "dom" and WebGPU that feathergrad's types mention. These empty declarations merge with the real ones if a project\n// has them, and let other projects compile.\n${declared}`,
  );
}

/**
 * Fixes declarations: they keep the sources' `.ts` extensions, which a consumer's compiler rejects, and mention names
 * that a consumer's `lib` may lack: `Symbol.dispose`, DOM types and WebGPU types.
 */
async function relinkDeclarations() {
  for (const name of (await listFiles('.d.ts')).filter((file) => file !== WEB_TYPES_FILE)) {
    const path = join(dist, name);
    const text = await readFile(path, 'utf8');
    const bare = text.replace(/\/\*[\s\S]*?\*\//g, '');
    const disposable = /\b(?:Symbol\.dispose|Disposable)\b/.test(bare)
      ? '/// <reference lib="esnext.disposable" />\n'
      : '';
    const used = WEB_TYPES.filter((type) => new RegExp(`\\b${type}\\b`).test(bare));
    const unknown = /\b(?:GPU[A-Z]\w*|HTML\w+|\w+Frame|DataTransfer\w*|FileSystem\w+|\w+Event)\b/g;
    for (const [type] of bare.matchAll(unknown)) {
      const isDeclared =
        used.includes(type) || new RegExp(`\\b(?:interface|class|type) ${type}\\b`).test(bare);
      if (!isDeclared && /^(?:GPU|HTML|Video|Data|File)/.test(type) && !/Error$/.test(type)) {
        throw new Error(
          `${name} mentions ${type}, which a project without lib "dom" does not have. Add it to WEB_TYPES.`,
        );
      }
    }
    const way = '../'.repeat(name.split('/').length - 1) || './';
    const web = used.length > 0 ? `/// <reference path="${way}${WEB_TYPES_FILE}" />\n` : '';
    const linked = text.replace(/((?:from|import)\s*\(?\s*['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2');
    const relinked = disposable + web + linked;
    if (/['"][^'"]*\.wgsl['"]/.test(bare)) {
      throw new Error(
        `${name} mentions a .wgsl file, which the package does not contain. Give the export an explicit type.`,
      );
    }
    if (relinked !== text) await writeFile(path, relinked);
  }
}

/**
 * Removes `import "./chunks/..."` lines, which esbuild keeps for the order in which modules run. feathergrad's modules
 * have no side effects, as package.json states, and each line would add its chunk to every page and cause a warning of
 * the page's bundler.
 */
async function dropBareImports() {
  for (const name of await listFiles('.js')) {
    const path = join(dist, name);
    const text = await readFile(path, 'utf8');
    const without = text.replace(/^import "\.{1,2}\/[^"]*chunk-[^"]*";\n/gm, '');
    if (without !== text) await writeFile(path, without);
  }
}

/**
 * Copies the trained weights to dist/weights, once. Modules locate them relative to themselves (`new
 * URL('./weights/...', import.meta.url)`, which bundlers understand), so each bundle gets its own relative path.
 */
async function placeWeights() {
  for (const model of ['fer-mobilenetv3', 'blazeface']) {
    const source = join(root, 'src/models', model, 'weights');
    const files = await readdir(source).catch(() => []);
    if (files.length === 0)
      console.warn(`no trained weights in ${source}; the package will not include weights`);
    else await cp(source, join(dist, 'weights'), { recursive: true });
  }
  let found = 0;
  for (const name of await listFiles('.js')) {
    const path = join(dist, name);
    const text = await readFile(path, 'utf8');
    const way = '../'.repeat(name.split('/').length - 1) || './';
    const linked = text.replace(/(new URL\(\s*["'`])\.\/weights\//g, `$1${way}weights/`);
    found += Number(linked.includes(`${way}weights/`));
    if (linked !== text) await writeFile(path, linked);
  }
  if (found < 3)
    throw new Error('index.js, feathergrad.min.js and the command line should each mention the weights once');
}

async function printSizes() {
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(1)} kB`.padStart(10);
  const files = (await listFiles('.js')).filter((name) => !name.startsWith('chunks/'));
  for (const name of files.sort()) {
    const bytes = await readFile(join(dist, name));
    console.log(
      `dist/${name}`.padEnd(28),
      kilobytes(bytes.length),
      `${kilobytes(gzipSync(bytes).length)} gzip`,
    );
  }
  const chunks = (await listFiles('.js')).filter((name) => name.startsWith('chunks/'));
  let total = 0;
  for (const name of chunks) total += (await readFile(join(dist, name))).length;
  console.log(`dist/chunks/* (${chunks.length})`.padEnd(28), kilobytes(total));
  console.log(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
