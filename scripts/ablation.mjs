// `node scripts/ablation.mjs --data FER+ [options]`, after a build: trains the networks that the paper compares, each
// with and without the center loss and with several seeds, evaluates them, and prints a table in Markdown with
// intervals, and which differences the runs can resolve.

import { join } from 'node:path';
import { compare, resolution, spread } from './ablation-statistics.mjs';
import {
  built,
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
  --seeds <numbers>    seeds of each network, separated by commas (that of --seed, or the recipe's)
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
  seeds: { type: 'string' },
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

/** @type {(string | null)[]} */
const seeds = values.seeds === undefined ? [null] : list(values.seeds);
const wrong = seeds.find((seed, i) => seed !== null && !(/^\d+$/.test(seed) && seeds.indexOf(seed) === i));
if (wrong !== undefined) {
  console.error(`error: --seeds has "${wrong}", expected distinct whole numbers, such as 1,2,3`);
  process.exit(1);
}

const recipe = ['--data', String(values.data), '--recipe', String(values.recipe)];
const networks = list(values.variants).flatMap((variant) => centers.map((center) => ({ variant, center })));
const rows = networks.flatMap(({ variant, center }) =>
  seeds.map((seed) => ({
    name: `${variant}-${center}${seed === null ? '' : `-seed-${seed}`}`,
    variant,
    options: [...recipe, ...(CENTERS[center] ?? []), ...passed, ...(seed === null ? [] : ['--seed', seed])],
  })),
);
const results = await trainAll(rows, out);

const { wilsonInterval } = await built('index.js');
const images = results[0]?.images ?? 0;
/** @param {number} share @returns {[number, number]} */
const intervalOf = (share) => wilsonInterval(Math.round(share * images), images);
const number = (/** @type {number} */ value) => value.toLocaleString('en-US');
const percent = (/** @type {number} */ share) => (100 * share).toFixed(1);
const runsOf = (/** @type {number} */ network) =>
  results.slice(network * seeds.length, (network + 1) * seeds.length);
const sharesOf = (/** @type {number} */ network) => runsOf(network).map(({ share }) => share);
const table = [
  '| network | parameters | MACs at 224 | center loss | accuracy | 95 % of the images | by seed | difference to the first row | macro F1 | images/s |',
  '| --- | ---: | ---: | --- | ---: | --- | --- | --- | ---: | ---: |',
  ...networks.map(({ variant, center }, i) => {
    const runs = runsOf(i);
    const { mean } = spread(sharesOf(i));
    const [{ parameters, macs } = { parameters: 0, macs: 0 }] = runs;
    const cells = [
      variant,
      number(parameters),
      number(macs),
      center,
      `${percent(mean)} %`,
      intervalOf(mean).map(percent).join(' to '),
      sharesOf(i).map(percent).join(', '),
      i === 0 ? '' : compare(sharesOf(i), sharesOf(0)),
      spread(runs.map(({ macroF1 }) => macroF1)).mean.toFixed(3),
      spread(runs.map(({ imagesPerSecond }) => imagesPerSecond)).mean.toFixed(0),
    ];
    return `| ${cells.join(' | ')} |`;
  }),
  '',
  `Accuracy on ${results[0]?.confusionOf === 'training' ? 'the training images' : 'the validation part'}, by the recipe ` +
    `${[values.recipe, ...passed].join(' ')}. "released" centers are those of the paper's published ` +
    'code (new random ones at each call), "learned" those of the literature. The paper reports 87.5 % on the test part ' +
    'of FER+ and 86.6 % on RAF-DB for its own network with the center loss, from ImageNet weights at 224 x 224.',
  '',
  resolution({
    accuracies: networks.map((_, i) => sharesOf(i)),
    interval: intervalOf(spread(results.map(({ share }) => share)).mean),
    images,
    seconds: spread(results.map(({ seconds }) => seconds)).mean,
  }),
];
writeTable(table, join(out, 'ablation.md'));
