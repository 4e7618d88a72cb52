// docs/ops.md: one table of all ops with their gradients and kernels, from the `OpInfo` of each op file.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer } from 'vite';
import { root } from '../run.mjs';
import { wgslForVite } from '../wgsl-plugin.mjs';
import { escapeProse } from './markdown.mjs';

const FOLDER = 'src/tensor/ops';

/** @returns {Promise<string>} the page */
export async function opsPage() {
  const ops = await readTable();
  const kernels = await kernelsByOp();
  const lines = [
    '<!-- Written by `npm run docs` from the `OpInfo` blocks in src/tensor/ops; edit those. -->',
    '',
    '# Operations and their gradients',
    '',
    `All ${ops.length} operations, with the gradient that \`backward\` computes: dx is the gradient of the input x, dy that of the`,
    'result y. Kernels are those that the op dispatches itself, without those of other ops that it calls. Signatures are in',
    'the [API reference](api/feathergrad.md), formulas and layouts of kernels in [Kernels](kernels.md).',
    '',
    '| op | computes | gradient | kernels | source |',
    '| --- | --- | --- | --- | --- |',
  ];
  for (const { name, doc, gradient } of ops) {
    const { file, names } = kernels.get(name) ?? { file: '', names: [] };
    const links = names.map((kernel) => `[${kernel}](kernels.md#${kernel})`).join(', ');
    const source = `[${file}](../${FOLDER}/${file})`;
    lines.push(
      `| \`${name}\` | ${cell(doc)} | ${gradient ? cell(gradient) : 'none'} | ${links || '–'} | ${source} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** @param {string} text */
const cell = (text) => escapeProse(text).replaceAll('|', '\\|');

/**
 * The table as the library has it: its modules import .wgsl files, which Vite's plugin reads.
 * @returns {Promise<readonly import('../../src/tensor/ops/op-info.ts').OpInfo[]>}
 */
async function readTable() {
  const server = await createServer({
    root,
    configFile: false,
    plugins: [wgslForVite()],
    server: { middlewareMode: true, hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    logLevel: 'error',
    appType: 'custom',
  });
  try {
    return (await server.ssrLoadModule(`/${FOLDER}/table.ts`)).OPS;
  } finally {
    await server.close();
  }
}

/**
 * Kernels that each op dispatches, by the op's name: those in its function, in functions of its file that it calls, and
 * in files without an op.
 */
async function kernelsByOp() {
  const table = await kernelNames();
  /** @type {Map<string, { file: string, text: string, isHelper: boolean }[]>} */
  const functions = new Map();
  for (const file of await readdir(join(root, FOLDER))) {
    if (!file.endsWith('.ts') || file === 'table.ts') continue;
    const source = await readFile(join(root, FOLDER, file), 'utf8');
    const isHelper = !/\bexport const \w+Infos?\b/.test(source);
    for (const text of source.split(/^(?=(?:export )?(?:function|const) )/m)) {
      const name = /^(?:export )?(?:function|const) (\w+)/.exec(text)?.[1];
      if (name) functions.set(name, [...(functions.get(name) ?? []), { file, text, isHelper }]);
    }
  }
  /** @type {(name: string, from: string, names: Set<string>, seen: Set<string>) => Set<string>} */
  const collect = (name, from, names, seen) => {
    const all = functions.get(name) ?? [];
    const found = all.find(({ file }) => file === from) ?? all.find(({ isHelper }) => isHelper);
    if (!found || seen.has(`${found.file} ${name}`)) return names;
    seen.add(`${found.file} ${name}`);
    for (const [, kernel] of found.text.matchAll(/\bkernels\.(\w+)/g))
      names.add(table.get(kernel ?? '') ?? '');
    for (const [, called] of found.text.matchAll(/\b(\w+)\(/g))
      collect(called ?? '', found.file, names, seen);
    return names;
  };
  /** @type {Map<string, { file: string, names: string[] }>} */
  const result = new Map();
  for (const [name, all] of functions) {
    const [own] = all.filter(({ text, isHelper }) => text.startsWith('export') && !isHelper);
    if (own)
      result.set(name, { file: own.file, names: [...collect(name, own.file, new Set(), new Set())].sort() });
  }
  return result;
}

/** Kernels' names in WGSL files by their names in src/kernels/index.ts. */
async function kernelNames() {
  const source = await readFile(join(root, 'src/kernels/index.ts'), 'utf8');
  const pairs = [...source.matchAll(/export const (\w+) =[^;]*?new Kernel\(\s*'(\w+)'/g)];
  return new Map(pairs.map(([, name, file]) => [name ?? '', file ?? '']));
}
