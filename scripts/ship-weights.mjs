// `node scripts/ship-weights.mjs --weights RUN/weights.safetensors --out FILE --data FERPlus [options]`, after a build:
// turns the weights of a training run into the file that the package ships.
//
// 1. Fits a temperature on labeled images that the measured weights were not trained on (`--data`, `--part`), or uses
//    `--temperature`. If the weights to ship were trained on these images, pass the weights of a run that was not with
//    `--fit-with`.
// 2. Divides the last layer by it, which changes probabilities but not the predicted class of an image.
// 3. Writes f16 with the metadata of the run and the entries of `--about`.
// 4. Checks the file: it is read again, no predicted class may differ from that of the run's weights by more than the
//    rounding to f16, and the calibration is printed.
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const dist = '../dist';
const { applyTemperature, calibration, evaluate, fitTemperature } = await import(`${dist}/index.js`);
const { decodeWeights, encodeWeights } = await import(`${dist}/formats/index.js`);
const { modelOf } = await import(`${dist}/models/index.js`);
const { createDevice, openDataSet } = await import(`${dist}/node/index.js`);

const USAGE = `node scripts/ship-weights.mjs --weights FILE --out FILE --data PATH [options]

  --weights <file>      weights of a run, safetensors
  --out <file>          file to write; --force overwrites it
  --data <path>         FER+, RAF-DB or class folders, as for feathergrad eval
  --part <name>         part of the data for fit and check (valid)
  --temperature <t>     temperature (default: fitted on the part)
  --fit-with <file>     weights on which the temperature is fitted (default: those of --weights)
  --subset <n>          use only the first n images of the part
  --f32                 store f32 instead of f16
  --color <kind>        gray or rgb, for weights whose metadata does not say so
  --about <key=value>   metadata of the file; may be repeated
  --adapter <name>      GPU adapter (auto)`;

/** The last layer of FerMobileNetV3. */
const LAST = ['classifier_2.2.weight', 'classifier_2.2.bias'];
/** Probabilities in f16 and f32 weights may differ by this much. */
const ROUNDING = 0.02;

const { values } = parseArgs({
  options: {
    weights: { type: 'string' },
    out: { type: 'string' },
    data: { type: 'string' },
    part: { type: 'string', default: 'valid' },
    temperature: { type: 'string' },
    'fit-with': { type: 'string' },
    subset: { type: 'string' },
    f32: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
    color: { type: 'string' },
    about: { type: 'string', multiple: true, default: [] },
    adapter: { type: 'string', default: 'auto' },
    help: { type: 'boolean', default: false },
  },
});
const { weights: input, out, data } = values;
if (values.help || !input || !out || !data) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 1);
}
const given = values.temperature === undefined ? undefined : Number(values.temperature);
if (given !== undefined && !(given > 0 && given < 100))
  fail(`--temperature: got ${values.temperature}, expected a number above 0`);
const wrong = values.about.find((entry) => !/^\w+=./.test(entry));
if (wrong !== undefined) fail(`--about: got ${wrong}, expected key=value`);

const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
const source = await images();
const classes = source.classNames.length;

const run = await read(input);
if (!LAST.every((name) => run.state.has(name))) {
  fail(`${input} has no ${LAST[0]}. This script is for fer_mobilenetv3.`);
}
if (run.metadata.temperature !== undefined) {
  fail(`${input} already has a temperature (${run.metadata.temperature}). Pass the weights of the run.`);
}
const before = await probabilities(run);
const fitted = values['fit-with'] ? await probabilities(await read(values['fit-with'])) : before;
const temperature = given ?? round(fitTemperature(fitted.mirrored, source.labels, classes));

for (const name of LAST) {
  const entry = run.state.get(name);
  run.state.set(name, { ...entry, data: Float32Array.from(entry.data, (value) => value / temperature) });
}
const about = {
  ...without(run.metadata),
  ...Object.fromEntries(
    values.about.map((entry) => [entry.split('=')[0], entry.slice(entry.indexOf('=') + 1)]),
  ),
  temperature: `${temperature}, folded into the last layer`,
};
const bytes = encodeWeights(model(run), run.state, { dtype: values.f32 ? 'f32' : 'f16', about });
await writeFile(out, bytes, { flag: values.force ? 'w' : 'wx' }).catch((error) =>
  fail(error.code === 'EEXIST' ? `${out} exists. Add --force to overwrite it.` : error.message),
);

const shipped = await read(out);
const after = await probabilities(shipped);
const expected = applyTemperature(before.plain, classes, temperature);
let [largest, changed] = [0, 0];
for (let i = 0; i < source.length; i++) {
  const [a, b] = [expected, after.plain].map((/** @type {Float32Array} */ p) =>
    p.subarray(i * classes, (i + 1) * classes),
  );
  a?.forEach((value, k) => {
    largest = Math.max(largest, Math.abs(value - (b?.[k] ?? Number.NaN)));
  });
  if (top(a) !== top(b)) changed++;
}
console.log(`temperature ${temperature}${given === undefined ? `, fitted on ${source.length} images` : ''}`);
console.log(`${out}: ${(bytes.length / 1e6).toFixed(2)} MB, ${shipped.state.size} tensors`);
console.log(JSON.stringify(shipped.metadata, null, 2));
console.log(
  `largest difference of a probability from the run's weights: ${largest.toFixed(5)}; ${changed} of ${source.length} predictions differ`,
);
for (const [name, p] of /** @type {const} */ ([
  ['run', before.mirrored],
  ['shipped', after.mirrored],
])) {
  const { ece } = calibration(p, source.labels, classes);
  console.log(
    `${name}, with the mirror image: accuracy ${(100 * accuracy(p)).toFixed(1)} %, ECE ${ece.toFixed(3)}`,
  );
}
device.destroy();
// Dawn's event loop would keep the process alive
process.exit(largest < ROUNDING ? 0 : 1);

async function images() {
  const set = await openDataSet(data, {});
  const part = set.parts.find((/** @type {{ name: string }} */ one) => one.name === values.part);
  if (!part) return fail(`--part: no part ${values.part} in ${set.description}`);
  const { source: all } = await part.load({ stream: false });
  const count = Math.min(Number(values.subset ?? all.length), all.length);
  const { PictureSource } = await import(`${dist}/data/index.js`);
  const { classNames, pictures, labels } = all;
  return new PictureSource({
    classNames,
    pictures: pictures.slice(0, count),
    labels: labels.slice(0, count),
  });
}

/** @param {string} path */
async function read(path) {
  return decodeWeights(new Uint8Array(await readFile(path)));
}

/** @param {any} file */
function model({ state, metadata }) {
  return modelOf(state, metadata, values.color ? { color: values.color } : {});
}

/**
 * Returns the probabilities of each image, and of the mean with its mirror image.
 * @param {any} file
 */
async function probabilities(file) {
  const network = model(file).to(device);
  network.loadStateDict(file.state);
  network.eval();
  if (network.classNames.join() !== source.classNames.join()) {
    fail(`the network has the classes ${network.classNames}, the images ${source.classNames}`);
  }
  const { side, mean, std } = network;
  const results = [];
  for (const mirror of [false, true]) {
    const { probabilities } = await evaluate(network, source, { batch: 64, side, mean, std, mirror });
    results.push(probabilities);
  }
  network.dispose();
  const [plain, mirrored] = results;
  return { plain, mirrored };
}

/** @param {Float32Array | undefined} row */
function top(row) {
  return row?.indexOf(Math.max(...row));
}

/** @param {Float32Array} p */
function accuracy(p) {
  let right = 0;
  for (let i = 0; i < source.length; i++)
    if (top(p.subarray(i * classes, (i + 1) * classes)) === source.labels[i]) right++;
  return right / source.length;
}

/**
 * Metadata that `encodeWeights` does not write itself.
 * @param {Record<string, string>} metadata
 */
function without(metadata) {
  const own = new Set([
    'format',
    'model',
    'variant',
    'classes',
    'input_side',
    'mean',
    'std',
    'color',
    'testTimeMirror',
  ]);
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !own.has(key)));
}

/** @param {number} value */
function round(value) {
  return Number(value.toPrecision(3));
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}
