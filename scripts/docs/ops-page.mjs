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
    'result y. Kernels are those that the op file dispatches itself; an op without any is composed of other ops. Signatures',
    'are in the [API reference](api/feathergrad.md), formulas and layouts of kernels in [Kernels](kernels.md).',
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

/** Kernels that each op's file dispatches, by the op's name. */
async function kernelsByOp() {
  const files = (await readdir(join(root, FOLDER))).filter(
    (file) => file.endsWith('.ts') && file !== 'table.ts',
  );
  /** @type {Map<string, { file: string, names: string[] }>} */
  const found = new Map();
  const table = await kernelNames();
  for (const file of files) {
    const source = await readFile(join(root, FOLDER, file), 'utf8');
    const used = [...source.matchAll(/\bkernels\.(\w+)/g)].map(([, name]) => table.get(name ?? '') ?? '');
    const names = [...new Set(used)].filter(Boolean).sort();
    for (const [, name] of source.matchAll(/export (?:function|const) (\w+)/g))
      found.set(name ?? '', { file, names });
  }
  return found;
}

/** Kernels' names in WGSL files by their names in src/kernels/index.ts. */
async function kernelNames() {
  const source = await readFile(join(root, 'src/kernels/index.ts'), 'utf8');
  const pairs = [...source.matchAll(/export const (\w+) =[^;]*?new Kernel\(\s*'(\w+)'/g)];
  return new Map(pairs.map(([, name, file]) => [name ?? '', file ?? '']));
}
