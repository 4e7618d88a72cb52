// `node scripts/ablation.mjs --data FER+ [options]`, after a build: trains the networks that the paper compares, each
// with and without the centre loss, evaluates them and prints the table in Markdown. What is done stays done: a second
// call goes on where the first one was stopped.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from './run.mjs';

const USAGE = `node scripts/ablation.mjs --data PATH [options] [-- more options of feathergrad train]

  --data <path>        FER+, RAF-DB or class folders, as for feathergrad train
  --variants <names>   with commas between (large,reduced,reduced-se,reduced-ca,reduced-maxca,reduced-cpsca,paper)
  --centers <kinds>    none, released, learned (none,released)
  --recipe <name>      paper or feathergrad (paper)
  --size, --epochs, --batch, --subset, --seed, --adapter   as for feathergrad train
  --out <folder>       for the runs and ablation.md (runs/ablation)`;

const options = /** @type {const} */ ({
  data: { type: 'string' },
  variants: {
    type: 'string',
    default: 'large,reduced,reduced-se,reduced-ca,reduced-maxca,reduced-cpsca,paper',
  },
  centers: { type: 'string', default: 'none,released' },
  recipe: { type: 'string', default: 'paper' },
  size: { type: 'string' },
  epochs: { type: 'string' },
  batch: { type: 'string' },
  subset: { type: 'string' },
  seed: { type: 'string' },
  adapter: { type: 'string' },
  out: { type: 'string', default: 'runs/ablation' },
  help: { type: 'boolean' },
});

/** @returns {{ values: Record<string, string | boolean | undefined>, positionals: string[] }} */
function parse() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(1);
  }
}

const { values, positionals } = parse();
if (values.help || typeof values.data !== 'string') {
  console.error(USAGE);
  process.exit(values.help ? 0 : 1);
}
const out = String(values.out);
const passed = ['size', 'epochs', 'batch', 'subset', 'seed', 'adapter'].flatMap((name) =>
  typeof values[name] === 'string' ? [`--${name}`, values[name]] : [],
);
/** What the centre loss of each kind is told; the released one as the paper has it. @type {Record<string, string[]>} */
const CENTERS = {
  none: ['--lambda', '0', '--center', 'learned', '--over', 'embedding'],
  released: ['--lambda', '0.4', '--center', 'released', '--over', 'logits'],
  learned: ['--lambda', '0.01', '--center', 'learned', '--over', 'embedding'],
};
const main = join(root, 'dist/cli/main.js');
/** @type {(path: string) => Promise<any>} */
const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const { ConfusionMatrix, wilsonInterval } = await built('index.js');

/**
 * The object that a command prints under --json; its progress goes on to this terminal.
 * @param {string[]} args
 * @returns {Promise<any>}
 */
function feathergrad(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args, '--json'], {
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.once('close', (code) => {
      if (code !== 0) process.exit(code ?? 1);
      resolve(JSON.parse(text.trimEnd().split('\n').at(-1) ?? ''));
    });
  });
}

process.on('SIGINT', () => {}); // Ctrl-C is the training's, which keeps what it has reached
const list = (/** @type {unknown} */ text) =>
  String(text)
    .split(',')
    .map((name) => name.trim());
const rows = [];
for (const variant of list(values.variants)) {
  for (const center of list(values.centers)) {
    const centerOptions = CENTERS[center];
    if (!centerOptions) {
      console.error(`error: --centers has "${center}", expected ${Object.keys(CENTERS).join(', ')}`);
      process.exit(1);
    }
    const folder = join(out, `${variant}-${center}`);
    const resultFile = join(folder, 'result.json');
    if (!existsSync(resultFile)) {
      console.error(`\n${variant}, centre loss: ${center}`);
      const isBegun = existsSync(join(folder, 'checkpoint.safetensors'));
      const recipe = ['--data', values.data, '--recipe', String(values.recipe), '--variant', variant];
      const trained = await feathergrad(
        isBegun
          ? ['train', '--resume', folder]
          : ['train', ...recipe, ...centerOptions, ...passed, ...positionals, '--out', folder],
      );
      const { parameters, macs } = await feathergrad(['summary', '--variant', variant]);
      mkdirSync(folder, { recursive: true });
      writeFileSync(resultFile, JSON.stringify({ ...trained, parameters, macs }));
    }
    rows.push({ variant, center, ...JSON.parse(readFileSync(resultFile, 'utf8')) });
  }
}

const number = (/** @type {number} */ value) => value.toLocaleString('en-US');
const table = [
  '| network | parameters | MACs at 224 | centre loss | accuracy | 95 % | macro F1 | epoch kept |',
  '| --- | ---: | ---: | --- | ---: | --- | ---: | ---: |',
  ...rows.map((row) => {
    const share = row.validAccuracy ?? row.trainAccuracy;
    const matrix = ConfusionMatrix.from(row.confusion);
    const ends = wilsonInterval(Math.round(share * matrix.total), matrix.total);
    const cells = [
      row.variant,
      number(row.parameters),
      number(row.macs),
      row.center,
      `${(100 * share).toFixed(1)} %`,
      ends.map((/** @type {number} */ end) => (100 * end).toFixed(1)).join(' to '),
      matrix.macroF1.toFixed(3),
      row.keptEpoch,
    ];
    return `| ${cells.join(' | ')} |`;
  }),
  '',
  `Accuracy on ${rows[0]?.confusionOf === 'training' ? 'the training pictures' : 'the validation part'}, by the recipe ` +
    `${[values.recipe, ...passed, ...positionals].join(' ')}. "released" centres are those of the paper's published ` +
    'code (new random ones at each call), "learned" those of the literature. The paper gives 87.5 % on the test part ' +
    'of FER+ and 86.6 % on RAF-DB for its own network with the centre loss, from ImageNet weights at 224 x 224.',
].join('\n');
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'ablation.md'), `${table}\n`);
console.log(table);
