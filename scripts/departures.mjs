// `node scripts/departures.mjs --data FER+ [options]`, after a build: measures what each part of feathergrad's recipe
// contributes. Trains with the recipe, then once per part with that part as in the paper (and with the stronger
// augmentation), and prints the differences in Markdown.

import { join } from 'node:path';
import {
  RELEASED_CENTERS,
  readArguments,
  SHARED_OPTIONS,
  trainAll,
  writeTable,
} from './compare-training.mjs';

/** Rows by name, with what is changed. @type {Record<string, { text: string, options: string[] }>} */
const PARTS = {
  feathergrad: { text: 'the recipe itself', options: [] },
  labels: { text: 'labels by majority, not the vote distributions', options: ['--labels', 'majority'] },
  ema: { text: 'no moving average of the weights', options: ['--ema', '0'] },
  'zero-init': {
    text: 'default initialization of residual blocks, not the identity',
    options: ['--no-zero-init-residual'],
  },
  adam: {
    text: 'Adam at 1e-3 with weight decay 1e-4 in the gradient, not AdamW at 2e-3 with 0.05',
    options: ['--optimizer', 'adam', '--lr', '1e-3', '--weight-decay', '1e-4'],
  },
  // the paper divides the rate when validation plateaus for 10 epochs, so it is constant in a short run
  schedule: { text: 'constant learning rate, not cosine', options: ['--schedule', 'constant'] },
  'batch-norm': { text: "batch norm's momentum 0.01, not 0.1", options: ['--bn-momentum', '0.01'] },
  augment: { text: "the stronger augmentation, not the paper's", options: ['--augment', 'strong'] },
  center: { text: 'with the released center loss, 0.4 over the logits', options: RELEASED_CENTERS },
};

const USAGE = `node scripts/departures.mjs --data PATH [options] [-- more options of feathergrad train]

  --data <path>        FER+, as for feathergrad train
  --parts <names>      separated by commas (${Object.keys(PARTS).slice(1).join(',')})
  --size, --epochs, --batch, --subset, --seed, --adapter   as for feathergrad train
  --out <folder>       folder for the runs and departures.md (runs/departures); run it again to continue an interrupted run`;

const { values, passed } = readArguments(USAGE, { ...SHARED_OPTIONS, parts: { type: 'string' } });
const out = String(values.out ?? 'runs/departures');
const names = ['feathergrad', ...String(values.parts ?? Object.keys(PARTS).slice(1)).split(',')];
const unknown = names.find((name) => !PARTS[name]);
if (unknown !== undefined) {
  console.error(`error: --parts has "${unknown}", expected ${Object.keys(PARTS).slice(1).join(', ')}`);
  process.exit(1);
}

const recipe = ['--data', String(values.data), '--recipe', 'feathergrad', ...passed];
const results = await trainAll(
  names.map((name) => ({ name, variant: 'paper', options: [...recipe, ...(PARTS[name]?.options ?? [])] })),
  out,
);
const base = results[0]?.share ?? 0;
const signed = (/** @type {number} */ points) => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;
const table = [
  '| changed | accuracy | 95 % | points | macro F1 |',
  '| --- | ---: | --- | ---: | ---: |',
  ...results.map(({ share, interval, macroF1 }, i) => {
    const points = i === 0 ? '' : signed(100 * (share - base));
    return `| ${[PARTS[names[i] ?? '']?.text, `${(100 * share).toFixed(1)} %`, interval, points, macroF1.toFixed(3)].join(' | ')} |`;
  }),
  '',
  `Accuracy on the validation part, trained with ${passed.join(' ') || 'the recipe unchanged'}.`,
];
writeTable(table, join(out, 'departures.md'));
