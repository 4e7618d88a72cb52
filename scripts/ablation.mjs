// `node scripts/ablation.mjs --data FER+ [options]`, after a build: trains the networks that the paper compares, each
// with and without the center loss, evaluates them, and prints a table in Markdown.

import { join } from 'node:path';
import {
  RELEASED_CENTERS,
  readArguments,
  SHARED_OPTIONS,
  trainAll,
  writeTable,
} from './compare-training.mjs';

const USAGE = `node scripts/ablation.mjs --data PATH [options] [-- more options of feathergrad train]

  --data <path>        FER+, RAF-DB or class folders, as for feathergrad train
  --variants <names>   separated by commas (large,reduced,reduced-se,reduced-ca,reduced-maxca,reduced-cpsca,paper)
  --centers <kinds>    none, released, learned (none,released)
  --recipe <name>      paper or feathergrad (paper)
  --size, --epochs, --batch, --subset, --seed, --adapter   as for feathergrad train
  --out <folder>       folder for the runs and ablation.md (runs/ablation); run it again to continue an interrupted run`;

const { values, passed } = readArguments(USAGE, {
  ...SHARED_OPTIONS,
  variants: {
    type: 'string',
    default: 'large,reduced,reduced-se,reduced-ca,reduced-maxca,reduced-cpsca,paper',
  },
  centers: { type: 'string', default: 'none,released' },
  recipe: { type: 'string', default: 'paper' },
});
const out = String(values.out ?? 'runs/ablation');

/** Options of each center loss. @type {Record<string, string[]>} */
const CENTERS = {
  none: ['--lambda', '0', '--center', 'learned', '--over', 'embedding'],
  released: RELEASED_CENTERS,
  // 0.01 in the literature's form, over 640 features of 8 classes: docs/recipes.md
  learned: ['--lambda', '0.8', '--center', 'learned', '--over', 'embedding'],
};
const list = (/** @type {unknown} */ text) =>
  String(text)
    .split(',')
    .map((name) => name.trim());
const centers = list(values.centers);
const unknown = centers.find((center) => !CENTERS[center]);
if (unknown !== undefined) {
  console.error(`error: --centers has "${unknown}", expected ${Object.keys(CENTERS).join(', ')}`);
  process.exit(1);
}

const recipe = ['--data', String(values.data), '--recipe', String(values.recipe)];
const rows = list(values.variants).flatMap((variant) =>
  centers.map((center) => ({
    name: `${variant}-${center}`,
    variant,
    center,
    options: [...recipe, ...(CENTERS[center] ?? []), ...passed],
  })),
);
const results = await trainAll(rows, out);

const number = (/** @type {number} */ value) => value.toLocaleString('en-US');
const table = [
  '| network | parameters | MACs at 224 | center loss | accuracy | 95 % | macro F1 | epoch kept |',
  '| --- | ---: | ---: | --- | ---: | --- | ---: | ---: |',
  ...results.map(({ parameters, macs, share, interval, macroF1, keptEpoch }, i) => {
    const accuracy = `${(100 * share).toFixed(1)} %`;
    const { variant, center } = rows[i] ?? {};
    return `| ${[variant, number(parameters), number(macs), center, accuracy, interval, macroF1.toFixed(3), keptEpoch].join(' | ')} |`;
  }),
  '',
  `Accuracy on ${results[0]?.confusionOf === 'training' ? 'the training images' : 'the validation part'}, by the recipe ` +
    `${[values.recipe, ...passed].join(' ')}. "released" centers are those of the paper's published ` +
    'code (new random ones at each call), "learned" those of the literature. The paper reports 87.5 % on the test part ' +
    'of FER+ and 86.6 % on RAF-DB for its own network with the center loss, from ImageNet weights at 224 x 224.',
];
writeTable(table, join(out, 'ablation.md'));
