// `node scripts/fuzz.mjs [--files 20000] [--seed 1] [--only zip]`: the long form of tests/node/fuzz.test.ts. Prints counts
// per reader; ends with exit code 1 and saves the file at the first fault, and when a reader blocks the thread.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { root } from './run.mjs';
import { wgslForBuild } from './wgsl-plugin.mjs';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});

/** Seconds without a result after which a reader counts as hanging. */
const LONGEST = 1800;
const folder = join(root, 'node_modules/.fuzz');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [join(root, 'tests/support/fuzz.ts')],
  outfile: join(folder, 'fuzz.mjs'),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  plugins: [wgslForBuild()],
  logLevel: 'error',
});
const code = `
  import { parentPort } from 'node:worker_threads';
  import { fuzz, subjects } from ${JSON.stringify(pathToFileURL(join(folder, 'fuzz.mjs')).href)};
  const { list, close } = await subjects();
  for (const subject of list.filter(({ name }) => name.includes(${JSON.stringify(values.only)}))) {
    parentPort.postMessage({ started: subject.name });
    try {
      const counts = await fuzz(subject, { files: ${Number(values.files)}, seed: ${Number(values.seed)} });
      parentPort.postMessage({ name: subject.name, counts });
    } catch (error) {
      parentPort.postMessage({ name: subject.name, message: String(error), bytes: error.bytes });
    }
  }
  await close();`;
writeFileSync(join(folder, 'worker.mjs'), code);

console.log('| reader | files | rejected | unchanged | altered (no checksum) | slowest, ms |');
console.log('|---|---:|---:|---:|---:|---:|');
const worker = new Worker(join(folder, 'worker.mjs'));
let current = '';
let timer = setTimeout(() => {}, 0);
worker.on('message', (message) => {
  clearTimeout(timer);
  if (message.started) {
    current = message.started;
    timer = setTimeout(() => {
      console.error(`${current}: no result after ${LONGEST} s; it hangs`);
      process.exit(1);
    }, 1000 * LONGEST);
  } else if (message.counts) {
    const { files, refused, unchanged, altered, slowest } = message.counts;
    console.log(
      `| ${message.name} | ${files} | ${refused} | ${unchanged} | ${altered} | ${Math.round(slowest)} |`,
    );
  } else {
    process.exitCode = 1;
    const file = join(root, `fuzz-${message.name.replace(/\W+/g, '-')}.bin`);
    if (message.bytes) writeFileSync(file, message.bytes);
    console.error(`${message.message}${message.bytes ? `\nThe file is ${file}.` : ''}`);
  }
});
worker.on('exit', () => clearTimeout(timer));
