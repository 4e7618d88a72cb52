// `node scripts/input-sides.mjs [--data FERPlus] [--weights FILE] [--sides 48,64,80,96,112,128] [--rounds 30]`, after a
// build: accuracy of weights at several input sides, with and without the mirror image, and the time of one image.
//
// The time is that of one captured run in batches of one image, from the upload of the input to the logits. All
// sides are timed interleaved, so that a busy machine affects them equally; the table has medians of wall time and of
// CPU time (all threads; on a software adapter the GPU's work is CPU time). Prints a table and the entries of "sides" in
// docs/ledger.json.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dist = '../dist';
const { FerMobileNetV3, evaluate, noGrad, pretrainedUrl, randn, scope } = await import(`${dist}/index.js`);
const { createDevice, openDataSet } = await import(`${dist}/node/index.js`);

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    part: { type: 'string', default: 'valid' },
    weights: { type: 'string' },
    adapter: { type: 'string', default: 'auto' },
    sides: { type: 'string', default: '48,64,80,96,112,128' },
    rounds: { type: 'string', default: '30' },
  },
});
const sides = values.sides.split(',').map(Number);

const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
const weights = values.weights ?? fileURLToPath(pretrainedUrl());
const model = await FerMobileNetV3.pretrained(device, { weights: new Uint8Array(await readFile(weights)) });
model.eval();

/** @type {Map<number, { macs: number, wall: number[][], cpu: number[][], accuracy: (number | null)[] }>} */
const found = new Map();
const source = values.data === undefined ? null : await images(values.data);
for (const side of sides) {
  const accuracy = [];
  for (const mirror of [false, true]) accuracy.push(source && (await score(side, mirror)));
  found.set(side, { macs: model.summary(side).macs, wall: [[], []], cpu: [[], []], accuracy });
}

const captures = [];
for (const side of sides) {
  for (const [at, mirror] of [false, true].entries())
    captures.push({ side, at, ...(await capture(side, mirror)) });
}
for (let round = 0; round < Number(values.rounds); round++) {
  for (const { side, at, run } of captures) {
    const cpu = process.cpuUsage();
    const started = performance.now();
    await run();
    const wall = performance.now() - started;
    const { user, system } = process.cpuUsage(cpu);
    const entry = found.get(side);
    entry?.wall[at]?.push(wall);
    entry?.cpu[at]?.push((user + system) / 1000);
  }
}

console.log(`${device.description}; medians of ${values.rounds} rounds, one image at a time, interleaved`);
console.log(
  '\n| pixels | multiply-adds | accuracy | with mirror | ms | with mirror | CPU ms | with mirror |\n' +
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
);
const entries = [...found].map(([side, { macs, wall, cpu, accuracy }]) => ({
  side,
  macs,
  accuracy: accuracy.map((share) => (share === null ? null : round(100 * share, 2))),
  ms: wall.map((list) => round(median(list), 1)),
  cpuMs: cpu.map((list) => round(median(list), 1)),
}));
for (const { side, macs, accuracy, ms, cpuMs } of entries) {
  const shares = accuracy.map((share) => (share === null ? '' : `${share.toFixed(1)} %`));
  console.log(`| ${[side, macs.toLocaleString('en-US'), ...shares, ...ms, ...cpuMs].join(' | ')} |`);
}
console.log(`\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}`);
device.destroy();
process.exit(0); // Dawn's event loop would keep the process alive

/** @param {string} path */
async function images(path) {
  const set = await openDataSet(path, { defaultLabels: 'majority' });
  const part = set.parts.find((/** @type {{ name: string }} */ one) => one.name === values.part);
  if (!part) throw new Error(`input-sides: no part ${values.part} in ${set.description}`);
  return (await part.load({ stream: false })).source;
}

/**
 * @param {number} side
 * @param {boolean} mirror
 * @returns {Promise<number>}
 */
async function score(side, mirror) {
  const { mean, std } = model;
  return (await evaluate(model, source, { batch: 64, side, mean, std, mirror })).accuracy;
}

/**
 * Records the network for one image, or for two as with the mirror image, in one batch.
 * @param {number} side
 * @param {boolean} mirror
 */
async function capture(side, mirror) {
  const image = randn(device, [mirror ? 2 : 1, side, side, 3], { seed: side });
  const pixels = await image.data();
  const recorded = await device.capture(() => scope(() => noGrad(() => ({ logits: model.call(image) }))));
  const run = async () => {
    image.write(pixels);
    await device.read([recorded.run().logits]);
  };
  await run();
  return { run };
}

/** @param {readonly number[]} list */
function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? Number(sorted[middle])
    : (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2;
}

/**
 * @param {number} value
 * @param {number} digits
 */
function round(value, digits) {
  return Number(value.toFixed(digits));
}
