// `node scripts/center-loss.mjs [--sides 32,48] [--seeds 1,2,3] [--lambdas 0,0.01,0.1,0.4] [--epochs 6]`, after a build:
// trains on drawn faces with each weight and form of the center loss and prints accuracy and the ratio of within-class
// to between-class distance, one row per run.
import { parseArgs } from 'node:util';

// imported through a variable, so that type-checking this file needs no build
const dist = '../dist';
const { DrawnFaceSource } = await import(`${dist}/data/index.js`);
const { fit, noGrad, plan, scope } = await import(`${dist}/index.js`);
const { createDevice } = await import(`${dist}/node/index.js`);

const { values } = parseArgs({
  options: {
    sides: { type: 'string', default: '32,48' },
    seeds: { type: 'string', default: '1,2,3' },
    lambdas: { type: 'string', default: '0,0.01,0.1,0.4' },
    epochs: { type: 'string', default: '6' },
    adapter: { type: 'string', default: 'auto' },
  },
});
const numbers = (/** @type {string} */ text) => text.split(',').map(Number);
const epochs = Number(values.epochs);
const FORMS = /** @type {const} */ ([
  { center: 'learned', over: 'embedding' },
  { center: 'released', over: 'logits' },
]);

const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
console.log(
  '| side | seed | lambda | centers | accuracy | embedding: within / between | logits: within / between |',
);
console.log('| ---: | ---: | ---: | --- | ---: | ---: | ---: |');
for (const side of numbers(values.sides)) {
  for (const seed of numbers(values.seeds)) {
    for (const lambda of numbers(values.lambdas)) {
      for (const form of lambda === 0 ? FORMS.slice(0, 1) : FORMS) await run(side, seed, lambda, form);
    }
  }
}
device.destroy();

/**
 * @param {number} side
 * @param {number} seed
 * @param {number} lambda
 * @param {(typeof FORMS)[number]} form
 */
async function run(side, seed, lambda, form) {
  const train = new DrawnFaceSource({ seed, length: 1600 });
  const planned = plan(device, train, { side, seed, epochs, ...(lambda > 0 && { lambda, ...form }) });
  const { model, options } = planned;
  let accuracy = 0;
  for await (const event of fit(model, options)) {
    if (event.kind === 'epoch') accuracy = event.valid?.accuracy ?? 0;
  }
  const { embedding, logits } = await spreads(model, options.valid, side);
  const cells = [side, seed, lambda, lambda > 0 ? `${form.center}, ${form.over}` : 'none'];
  const results = [`${(100 * accuracy).toFixed(1)} %`, embedding.toFixed(3), logits.toFixed(3)];
  console.log(`| ${[...cells, ...results].join(' | ')} |`);
  planned.dispose();
  model.dispose();
}

/**
 * Computes the ratio of the mean distance between a sample and its class mean to the mean distance between class means.
 * @param {import('../src/index.ts').FerMobileNetV3} model
 * @param {import('../src/data/index.ts').BatchSource | undefined} source
 * @param {number} side
 */
async function spreads(model, source, side) {
  if (!source) throw new Error('the plan has no validation part');
  const batch = 32;
  const reader = source.open(device, { batch, side });
  const capture = await device.capture(() =>
    scope(() =>
      noGrad(() => {
        const { images, labels } = reader.record();
        return { ...model.forwardWithEmbedding(images), labels };
      }),
    ),
  );
  /** @type {{ embedding: Float32Array[], logits: Float32Array[], labels: number[] }} */
  const rows = { embedding: [], logits: [], labels: [] };
  for (let start = 0; start + batch <= source.length; start += batch) {
    reader.load(
      Array.from({ length: batch }, (_, i) => start + i),
      0,
      0,
    );
    const { embedding, logits, labels } = capture.run();
    rows.embedding.push(...rowsOf(/** @type {Float32Array} */ (await embedding.data()), batch));
    rows.logits.push(...rowsOf(/** @type {Float32Array} */ (await logits.data()), batch));
    rows.labels.push(...(await labels.data()));
  }
  capture.dispose();
  reader.dispose();
  return { embedding: ratio(rows.embedding, rows.labels), logits: ratio(rows.logits, rows.labels) };
}

/**
 * @param {Float32Array} data
 * @param {number} count
 */
function rowsOf(data, count) {
  const width = data.length / count;
  return Array.from({ length: count }, (_, i) => data.slice(i * width, (i + 1) * width));
}

/**
 * @param {Float32Array[]} points
 * @param {number[]} labels
 */
function ratio(points, labels) {
  const classes = Math.max(...labels) + 1;
  const means = Array.from({ length: classes }, (_, label) => {
    const members = points.filter((_, i) => labels[i] === label);
    return Float64Array.from(
      points[0] ?? [],
      (_, d) => members.reduce((sum, row) => sum + (row[d] ?? 0), 0) / members.length,
    );
  });
  const within = points.map((row, i) => distance(row, means[labels[i] ?? 0] ?? []));
  const between = means.flatMap((mean, i) => means.slice(0, i).map((other) => distance(mean, other)));
  return average(within) / average(between);
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function distance(a, b) {
  return Math.sqrt(Array.from(a, (v, i) => (v - (b[i] ?? 0)) ** 2).reduce((x, y) => x + y, 0));
}

/** @param {number[]} list */
function average(list) {
  return list.reduce((a, b) => a + b, 0) / list.length;
}
