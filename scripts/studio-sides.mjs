// `node scripts/studio-sides.mjs [--adapter lavapipe] [--seeds 1,2] [--presets quick,careful] [--sides 48,64,96]`, after a
// build: trains the Studio's presets on a small made set at several input sides, for the defaults in
// web/src/studio/plan.ts. The set has 3 classes of 20 colored pictures (cups, balls and kites on textured ground). Prints
// the accuracy on 90 other pictures and the CPU seconds of training, and, for the answer "Not sure", how often the largest
// probability reaches a threshold on pictures of the classes and on empty scenes that show none of them.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { runnerImport } from 'vite';
import { mulberry32 } from './mulberry32.mjs';

const dist = '../dist';
const { PictureSource } = await import(`${dist}/data/index.js`);
const { fit, holdOut, plan, pretrainedUrl, settleRecipe } = await import(`${dist}/index.js`);
const { decodeWeights, transferWeights } = await import(`${dist}/formats/index.js`);
const { modelFor } = await import(`${dist}/models/index.js`);
const { createDevice } = await import(`${dist}/node/index.js`);
const { readFile } = await import('node:fs/promises');

const { values } = parseArgs({
  options: {
    adapter: { type: 'string', default: 'auto' },
    seeds: { type: 'string', default: '1,2' },
    presets: { type: 'string', default: 'quick,careful' },
    sides: { type: 'string', default: '48,64,96' },
    background: { type: 'boolean', default: false },
  },
});
const pathOf = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const alias = { feathergrad: pathOf('../dist/index.js') };
const load = async (/** @type {string} */ path) =>
  (await runnerImport(pathOf(path), { configFile: false, logLevel: 'error', resolve: { alias } })).module;
const { stagesFor } = await load('../web/src/studio/plan.ts');
const { forColors } = await load('../web/src/studio/worker/color-weights.ts');

const CROP = 128;
const CLASSES = /** @type {const} */ (['cup', 'ball', 'kite']);
const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
const { state } = decodeWeights(await readFile(fileURLToPath(pretrainedUrl())));
console.log(device.description);
console.log(
  '| preset | side | seed | accuracy | steps | CPU | known > 0.6 / 0.8 / 0.9 / 0.95 | empty scenes, the same |',
);
console.log('| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |');
for (const seed of values.seeds.split(',').map(Number)) {
  const known = await picturesOf(1000 * seed, 20, CLASSES);
  const others = await picturesOf(1000 * seed + 500, 30, CLASSES);
  const empty = await picturesOf(1000 * seed + 900, 60, ['nothing']);
  for (const preset of values.presets.split(',')) {
    for (const side of values.sides.split(',').map(Number))
      await run({ preset, side, seed, known, others, empty });
  }
}
device.destroy();

/**
 * Draws pictures of each class, as the Studio crops them.
 * @param {number} seed
 * @param {number} count
 * @param {readonly string[]} names
 */
async function picturesOf(seed, count, names) {
  const pictures = [];
  const labels = [];
  for (const [label, name] of names.entries()) {
    for (let i = 0; i < count; i++) {
      const svg = sceneOf(name, mulberry32(seed * 7919 + label * 97 + i));
      const { data } = await sharp(Buffer.from(svg))
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      pictures.push({
        width: CROP,
        height: CROP,
        channels: 3,
        data: new Uint8Array(data),
        name: `${name} ${i}`,
      });
      labels.push(label);
    }
  }
  return { pictures, labels };
}

/**
 * @param {string} name
 * @param {() => number} random
 */
function sceneOf(name, random) {
  const color = (/** @type {number} */ light) =>
    `hsl(${Math.floor(360 * random())} ${30 + Math.floor(50 * random())}% ${light}%)`;
  const blobs = Array.from({ length: 9 }, () => {
    const [x, y, r] = [128 * random(), 128 * random(), 8 + 30 * random()];
    const fill = `fill="${color(45 + 40 * random())}" opacity="${(0.3 + 0.5 * random()).toFixed(2)}"`;
    return random() < 0.5
      ? `<rect x="${x - r}" y="${y - r / 2}" width="${2 * r}" height="${r}" transform="rotate(${180 * random()} ${x} ${y})" ${fill}/>`
      : `<ellipse cx="${x}" cy="${y}" rx="${r}" ry="${r * (0.4 + 0.6 * random())}" ${fill}/>`;
  }).join('');
  const shapes = {
    cup: '<path d="M-22-24H22L16 26H-16Z"/><path d="M20-14C40-14 40 14 17 14" fill="none" stroke-width="7"/>',
    ball: '<circle r="27"/><path d="M-27 0C-10-14 10-14 27 0M-27 0C-10 14 10 14 27 0" fill="none" stroke-width="4" stroke="#fff"/>',
    kite: '<path d="M0-34L22-4L0 34L-22-4Z"/><path d="M0 34C8 44-8 50 0 60" fill="none" stroke-width="4"/>',
    nothing: '',
  };
  const [x, y] = [64 + 30 * (random() - 0.5), 64 + 30 * (random() - 0.5)];
  const [turn, scale] = [40 * (random() - 0.5), 0.8 + 0.6 * random()];
  const paint = color(30 + 20 * random());
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${CROP}" height="${CROP}" viewBox="0 0 128 128">` +
    `<rect width="128" height="128" fill="${color(75)}"/>${blobs}<g transform="translate(${x} ${y}) rotate(${turn}) ` +
    `scale(${scale})" fill="${paint}" stroke="${paint}">${shapes[/** @type {'cup'} */ (name)]}</g></svg>`
  );
}

/** @param {{ preset: string, side: number, seed: number, known: any, others: any, empty: any }} options */
async function run({ preset, side, seed, known, others, empty }) {
  const classNames = values.background ? [...CLASSES, 'nothing'] : CLASSES;
  const extra = values.background ? await picturesOf(1000 * seed + 700, 20, ['nothing']) : { pictures: [] };
  const pictures = [...known.pictures, ...extra.pictures];
  const labels = Uint32Array.from([...known.labels, ...extra.pictures.map(() => CLASSES.length)]);
  const source = new PictureSource({ pictures, labels, classNames });
  const stages = stagesFor({ preset, start: 'shipped', changes: { side } }, pictures.length);
  const main = { ...stages.at(-1).recipe, seed };
  const { train, valid } = holdOut(source, main);
  const settings = settleRecipe(main, { images: train.length, isDrawn: false });
  const model = modelFor(settings, { classNames, color: 'rgb' }).to(device, { seed });
  transferWeights(model, forColors(state, model.std));
  const before = process.cpuUsage();
  /** @type {any} */
  let best = null;
  let steps = 0;
  for (const { recipe } of stages) {
    model.unfreeze();
    const planned = plan(model, { train, valid }, { ...recipe, seed });
    for await (const event of fit(model, planned.options)) {
      if (event.kind === 'step') steps++;
      if (event.kind !== 'epoch' || !event.valid) continue;
      const { accuracy, loss } = event.valid;
      const isBetter = !best || accuracy > best.accuracy || (accuracy === best.accuracy && loss < best.loss);
      if (isBetter) best = { accuracy, loss, state: await model.stateDict() };
    }
    planned.dispose();
  }
  const { user, system } = process.cpuUsage(before);
  model.unfreeze();
  model.loadStateDict(best.state);
  model.eval();
  const seen = await model.predict(others.pictures, { mirror: false });
  const right = seen.filter(
    (/** @type {any} */ [one], /** @type {number} */ i) => one.label === CLASSES[others.labels[i]],
  );
  const reached = (/** @type {any[]} */ list) =>
    [0.6, 0.8, 0.9, 0.95]
      .map((least) => {
        const named = list.filter(([one]) => one.probability >= least && one.label !== 'nothing').length;
        return `${((100 * named) / list.length).toFixed(0)} %`;
      })
      .join(' / ');
  const strangers = await model.predict(empty.pictures, { mirror: false });
  const accuracy = `${((100 * right.length) / seen.length).toFixed(1)} %`;
  console.log(
    `| ${preset} | ${side} | ${seed} | ${accuracy} | ${steps} | ${((user + system) / 1e6).toFixed(0)} s | ${reached(seen)} | ${reached(strangers)} |`,
  );
  model.dispose();
}
