// `node scripts/paired-attempts.mjs --data FERPlus --weights A [--second B] [--subset N] [--steps 200] [--adapter auto]`,
// after a build: attempts to improve weights without training, each compared with the weights as they are (mean of each
// image and its mirror image) on the same images of the validation part.
//
// - mean over shifted and scaled views, and other crops of the image
// - batch-norm statistics re-estimated on training images, without and with augmentation
// - mean of the probabilities, and of the weights, of A and B
// - logit adjustment for rare classes (Menon et al., "Long-tail learning via logit adjustment", ICLR 2021): probabilities
//   divided by the class's share of the training labels to the power of tau
//
// Prints accuracy by majority label, the difference with its 95 % interval from the images on which only one of both is
// right, macro F1, and the mean cross-entropy with the vote distributions. docs/ledger.json has a result.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const dist = '../dist';
const { ConfusionMatrix, evaluate, noGrad, scope } = await import(`${dist}/index.js`);
const { PictureSource, paperAugmentation } = await import(`${dist}/data/index.js`);
const { decodeWeights } = await import(`${dist}/formats/index.js`);
const { modelOf } = await import(`${dist}/models/index.js`);
const { createDevice, openDataSet } = await import(`${dist}/node/index.js`);

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    weights: { type: 'string' },
    second: { type: 'string' },
    subset: { type: 'string' },
    steps: { type: 'string', default: '200' },
    adapter: { type: 'string', default: 'auto' },
  },
});
if (!values.data || !values.weights) {
  console.error('error: --data <folder of FER+> and --weights <file> are required');
  process.exit(1);
}
/** @typedef {{ width: number, height: number, data: Uint8Array, name: string }} Picture */
/** Windows of the image of 48 x 48 pixels: left, top, side. The edge is repeated outside. */
const VIEWS = /** @type {const} */ ({
  image: [0, 0, 48],
  left: [-2, 0, 48],
  right: [2, 0, 48],
  up: [0, -2, 48],
  down: [0, 2, 48],
  'crop 44': [2, 2, 44],
  'crop 46': [1, 1, 46],
  'crop 50': [-1, -1, 50],
  'crop 52': [-2, -2, 52],
});
/** @typedef {keyof typeof VIEWS} View */
const Z = 1.96;

const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
const [voted, labeled] = await Promise.all(
  ['distribution', 'majority'].map((labels) => openDataSet(values.data, { labels })),
);
const train = await part(voted, 'train');
const whole = await part(voted, 'valid');
const count = Math.min(Number(values.subset ?? whole.length), whole.length);
const pictures = whole.pictures.slice(0, count);
const classes = whole.classNames.length;
const majority = await part(labeled, 'valid');
const byName = new Map(
  majority.pictures.map((/** @type {Picture} */ { name }, /** @type {number} */ i) => [
    name,
    majority.labels[i],
  ]),
);
/** @type {(number | undefined)[]} the label by majority; undefined if there is none */
const truth = pictures.map((/** @type {Picture} */ { name }) => byName.get(name));

const first = await load(values.weights);
/** @type {Map<string, Float64Array>} */
const known = new Map();
const views = async (/** @type {View[]} */ ...names) =>
  mean(await Promise.all(names.map((name) => viewOf(name))));
/** @type {Float64Array} */
const base = await views('image');
console.log(
  `${device.description}; ${count} images with votes, ${truth.filter((label) => label !== undefined).length} with a majority`,
);
console.log(
  '| attempt | accuracy | difference (95 %) | macro F1 | cross-entropy with the votes |\n| --- | ---: | --- | ---: | ---: |',
);
show('mean with the mirror image', base);
show('+ 4 shifts by 2 of 48 pixels', await views('image', 'left', 'right', 'up', 'down'));
show('+ crops of 44 and 52 pixels', await views('image', 'crop 44', 'crop 52'));
show('all views', await views(.../** @type {View[]} */ (Object.keys(VIEWS))));
for (const crop of /** @type {const} */ (['crop 44', 'crop 46', 'crop 50', 'crop 52']))
  show(`${crop} instead of the image`, await views(crop));
for (const tau of [0.1, 0.2, 0.3, 0.5]) show(`logit adjustment, tau ${tau}`, adjusted(base, tau));
for (const augmented of [false, true]) {
  const model = await load(values.weights);
  await estimateStatistics(model, augmented);
  show(
    `batch norm re-estimated, ${augmented ? 'with' : 'without'} augmentation`,
    await probabilities(model, 'image'),
  );
  model.dispose();
}
if (values.second) {
  const second = await load(values.second);
  const other = await probabilities(second, 'image');
  show('the second weights', other);
  show('mean of the probabilities of both', mean([base, other]));
  const [a, b] = [await first.stateDict(), await second.stateDict()];
  for (const [name, entry] of a) {
    const { data } = /** @type {{ data: Float32Array }} */ (b.get(name));
    b.set(name, {
      ...entry,
      data: entry.data.map(
        (/** @type {number} */ value, /** @type {number} */ i) => (value + Number(data[i])) / 2,
      ),
    });
  }
  second.loadStateDict(b);
  show('mean of the weights of both', await probabilities(second, 'image'));
  await estimateStatistics(second, false);
  show('the same, batch norm re-estimated', await probabilities(second, 'image'));
}
device.destroy();
process.exit(0); // Dawn's event loop would keep the process alive

/** @param {any} set @param {string} name */
async function part(set, name) {
  const found = set.parts.find((/** @type {{ name: string }} */ one) => one.name === name);
  if (!found) throw new Error(`paired-attempts: no part ${name} in ${set.description}`);
  return (await found.load({ stream: false })).source;
}

/** @param {string} path */
async function load(path) {
  const { state, metadata } = decodeWeights(new Uint8Array(await readFile(path)));
  const model = modelOf(state, metadata).to(device);
  model.loadStateDict(state);
  return model.eval();
}

/** @param {View} name */
async function viewOf(name) {
  const found = known.get(name) ?? (await probabilities(first, name));
  known.set(name, found);
  return found;
}

/**
 * Returns the probabilities [images, classes] of a view, each the mean with the mirror image.
 * @param {any} model
 * @param {View} view
 */
async function probabilities(model, view) {
  const { side, mean: center, std, classNames } = model;
  const source = new PictureSource({
    pictures: pictures.map((/** @type {Picture} */ picture) => cut(picture, VIEWS[view])),
    labels: whole.labels.slice(0, count),
    classNames,
  });
  const found = await evaluate(model, source, { batch: 64, side, mean: center, std, mirror: true });
  return Float64Array.from(found.probabilities);
}

/**
 * @param {Picture} picture gray
 * @param {readonly number[]} window
 */
function cut({ width, height, data, ...rest }, [left = 0, top = 0, side = 48]) {
  const inside = (/** @type {number} */ at, /** @type {number} */ size) =>
    Math.min(size - 1, Math.max(0, at));
  const moved = Uint8Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [inside((i % side) + left, width), inside(Math.floor(i / side) + top, height)];
    return Number(data[y * width + x]);
  });
  return { ...rest, width: side, height: side, data: moved };
}

/**
 * Runs training images through the network in training mode, which moves its running statistics to theirs.
 * @param {any} model
 * @param {boolean} augmented
 */
async function estimateStatistics(model, augmented) {
  const batch = 64;
  const { side, mean: center, std, color } = model;
  const augmentation = augmented ? paperAugmentation() : null;
  const reader = train.open(device, { batch, side, mean: center, std, color, augmentation, seed: 5 });
  model.train();
  const capture = await device.capture(() =>
    scope(() => noGrad(() => ({ logits: model.call(reader.record().images) }))),
  );
  for (let step = 0; step < Number(values.steps); step++) {
    // 7919 is a prime that does not divide the number of images, so the batches are spread over the whole part
    reader.load(
      Array.from({ length: batch }, (_, i) => ((step * batch + i) * 7919) % train.length),
      step,
    );
    await device.read([capture.run().logits]);
  }
  capture.dispose();
  reader.dispose();
  model.eval();
}

/** @param {readonly Float64Array[]} list */
function mean(list) {
  return Float64Array.from(
    list[0] ?? [],
    (_, i) => list.reduce((sum, one) => sum + Number(one[i]), 0) / list.length,
  );
}

/** @param {Float64Array} p @param {number} tau */
function adjusted(p, tau) {
  const shares = new Float64Array(classes);
  train.distributions.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
    shares[i % classes] = Number(shares[i % classes]) + value / train.length;
  });
  const scaled = p.map((value, i) => value * Number(shares[i % classes]) ** -tau);
  return scaled.map(
    (value, i) => value / rowOf(scaled, Math.floor(i / classes)).reduce((sum, one) => sum + one, 0),
  );
}

/** @param {Float64Array} p @param {number} row */
function rowOf(p, row) {
  return p.subarray(row * classes, (row + 1) * classes);
}

/** @param {string} name @param {Float64Array} p */
function show(name, p) {
  const confusion = new ConfusionMatrix(classes);
  let [only, others, labels, entropy] = [0, 0, 0, 0];
  for (const [i, label] of truth.entries()) {
    const [ours, theirs] = [p, base].map((one) => rowOf(one, i)).map((row) => row.indexOf(Math.max(...row)));
    rowOf(p, i).forEach((value, k) => {
      entropy -= whole.distributions[i * classes + k] * Math.log(Math.max(value, 1e-12));
    });
    if (label === undefined) continue;
    labels++;
    confusion.add(label, ours);
    if (ours === label && theirs !== label) only++;
    if (ours !== label && theirs === label) others++;
  }
  const difference = (100 * (only - others)) / labels;
  const half = (100 * Z * Math.sqrt(only + others - (only - others) ** 2 / labels)) / labels;
  const signed = (/** @type {number} */ value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
  const interval =
    p === base ? '' : `${signed(difference)} (${signed(difference - half)} to ${signed(difference + half)})`;
  console.log(
    `| ${name} | ${(100 * confusion.accuracy).toFixed(1)} % | ${interval} | ${confusion.macroF1.toFixed(3)} | ${(entropy / count).toFixed(3)} |`,
  );
}
