// `node scripts/transfer-learning.mjs [--adapter lavapipe] [--seeds 1,2,3] [--epochs 8] [--variants head,last-blocks,all,scratch]`,
// after a build: trains on 3 classes of 20 drawn faces from the shipped weights and from scratch, for
// docs/guides/transfer-learning.md. Prints one row per run: accuracy on 150 faces of other people after each epoch, and
// the time of training.
//
// The faces are 48 pixels wide, in gray as the shipped weights need; each has a different head shape, hair, light and
// background. The shipped weights were trained on photographs only. Batches of 10, AdamW, learning rate 0.002 with the
// cosine schedule.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dist = '../dist';
const { DrawnFaces, PictureSource } = await import(`${dist}/data/index.js`);
const { fit, plan, pretrainedUrl, settleRecipe } = await import(`${dist}/index.js`);
const { decodeWeights, transferWeights } = await import(`${dist}/formats/index.js`);
const { modelFor } = await import(`${dist}/models/index.js`);
const { createDevice } = await import(`${dist}/node/index.js`);

const { values } = parseArgs({
  options: {
    adapter: { type: 'string', default: 'auto' },
    seeds: { type: 'string', default: '1,2,3' },
    epochs: { type: 'string', default: '8' },
    variants: { type: 'string', default: 'head,last-blocks,all,scratch' },
  },
});
const SIDE = 48;
const LABELS = /** @type {const} */ ([0, 4, 5]); // Surprise, Sadness, Anger
const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
const { state } = decodeWeights(await readFile(fileURLToPath(pretrainedUrl())));
console.log(device.description);
console.log('| trained | seed | accuracy per epoch | time |');
console.log('| --- | ---: | --- | ---: |');
for (const seed of values.seeds.split(',').map(Number)) {
  const train = await facesOf(1000 + seed, 20);
  const valid = await facesOf(2000 + seed, 50);
  for (const variant of values.variants.split(',')) await run(variant, seed, train, valid);
}
device.destroy();

/**
 * Draws faces of each class.
 * @param {number} seed
 * @param {number} count
 */
async function facesOf(seed, count) {
  const faces = new DrawnFaces(device, { seed, side: SIDE });
  const pictures = [];
  const labels = [];
  for (const [label, expression] of LABELS.entries()) {
    const { images, labels: drawn } = faces.batch(label * count, count, { label: expression });
    const values01 = await images.data();
    const size = SIDE * SIDE * 3;
    for (let i = 0; i < count; i++) {
      const data = Uint8Array.from(values01.subarray(i * size, (i + 1) * size), (value) =>
        Math.round(255 * value),
      );
      pictures.push({ width: SIDE, height: SIDE, channels: 3, data, name: `${expression} ${i}` });
      labels.push(label);
    }
    images.dispose();
    drawn.dispose();
  }
  const classNames = LABELS.map((label) => faces.labelNames[label]);
  return new PictureSource({ pictures, labels: Uint32Array.from(labels), classNames });
}

/**
 * @param {string} variant
 * @param {number} seed
 * @param {InstanceType<typeof PictureSource>} train
 * @param {InstanceType<typeof PictureSource>} valid
 */
async function run(variant, seed, train, valid) {
  const part = variant === 'scratch' ? 'all' : variant;
  const recipe = { side: SIDE, batch: 10, epochs: Number(values.epochs), seed, train: part };
  const settings = settleRecipe(recipe, { images: train.length, isDrawn: false });
  const model = modelFor(settings, { classNames: train.classNames, color: 'gray' }).to(device, { seed });
  if (variant !== 'scratch') transferWeights(model, state);
  const planned = plan(model, { train, valid }, recipe);
  const started = performance.now();
  const curve = [];
  for await (const event of fit(model, planned.options)) {
    if (event.kind === 'epoch') curve.push((100 * (event.valid?.accuracy ?? 0)).toFixed(0));
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`| ${variant} | ${seed} | ${curve.join(' ')} | ${seconds.toFixed(1)} s |`);
  planned.dispose();
  model.dispose();
}
