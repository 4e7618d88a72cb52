// `node scripts/networks-table.mjs [--adapter lavapipe] [--models a,b] [--steps 120] [--no-train] [--no-time]`, after a
// build: one row per network by name, for docs/guides/networks.md.
//
// Parameters and multiply-accumulates: `summary`, with the published number of classes, at 224 pixels.
// Time: one image, the fastest of 12 replays of a captured inference.
// Accuracy: AdamW with learning rate 0.002 and the cosine schedule, batches of 16 drawn faces of 48 pixels, seed 1,
// 8 classes, from random weights (residual blocks as the identity); then on 320 drawn faces of other people.
import { parseArgs } from 'node:util';

// imported through a variable, so that type-checking this file needs no build
const dist = '../dist';
const { DrawnFaceSource } = await import(`${dist}/data/index.js`);
const { evaluate, fit, noGrad, plan, randn, scope, settleRecipe } = await import(`${dist}/index.js`);
const { getModel, listModels, modelFor } = await import(`${dist}/models/index.js`);
const { createDevice } = await import(`${dist}/node/index.js`);

const { values } = parseArgs({
  options: {
    adapter: { type: 'string', default: 'auto' },
    models: { type: 'string', default: listModels().join(',') },
    steps: { type: 'string', default: '120' },
    train: { type: 'boolean', default: true },
    time: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const BATCH = 16;
const SIDE = 48;
const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
console.log(device.description);
console.log('| network | parameters | MACs at 224 | ms at 112 | ms at 224 | accuracy | s of training |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const name of values.models.split(',')) {
  const summary = getModel(name).summary(224);
  const times = values.time ? [await milliseconds(name, 112), await milliseconds(name, 224)] : ['', ''];
  const trained = values.train ? await train(name) : ['', ''];
  const { parameters, macs } = summary;
  console.log(`| ${[name, parameters, macs, ...times, ...trained].join(' | ')} |`);
}
device.destroy();

/**
 * @param {string} name
 * @param {number} side
 */
async function milliseconds(name, side) {
  const model = getModel(name).to(device).eval();
  const x = randn(device, [1, side, side, 3], { seed: 1 });
  const pass = await device.capture(() => scope(() => noGrad(() => ({ logits: model.call(x) }))));
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 12; i++) {
    const started = performance.now();
    pass.run();
    await pass.outputs.logits.data();
    fastest = Math.min(fastest, performance.now() - started);
  }
  pass.outputs.logits.dispose();
  pass.dispose();
  x.dispose();
  model.dispose();
  return fastest.toFixed(1);
}

/** @param {string} name */
async function train(name) {
  const source = new DrawnFaceSource({ seed: 1, length: BATCH * Number(values.steps) });
  const recipe = {
    model: name,
    side: SIDE,
    batch: BATCH,
    epochs: 1,
    optimizer: 'adamw',
    seed: 1,
    validationSplit: 0,
  };
  const settings = settleRecipe(recipe, { images: source.length, isDrawn: true });
  const model = modelFor(settings, source).to(device, { seed: 1 });
  const planned = plan(model, source, recipe);
  const started = performance.now();
  for await (const _ of fit(model, planned.options));
  const seconds = (performance.now() - started) / 1000;
  const others = new DrawnFaceSource({ seed: 77, length: 320 });
  const { accuracy } = await evaluate(model, others, { batch: 32, side: SIDE });
  planned.dispose();
  model.dispose();
  return [`${(100 * accuracy).toFixed(1)} %`, seconds.toFixed(0)];
}
