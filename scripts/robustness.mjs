// `node scripts/robustness.mjs --data FERPlus [--part valid] [--weights FILE] [--adapter auto] [--subset N]`,
// after a build: accuracy of weights on changed images (blur, noise, brightness, contrast, JPEG, shift, rotation, size).
// Prints a Markdown table for docs/model-card.md.
//
// The changes are made to the images of the data set (48 x 48 pixels in FER+), before they are resized to the network's
// input. Each image gets the same noise in every run. `sharp` decodes, blurs, encodes and moves the images.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { mulberry32 } from './mulberry32.mjs';

const dist = '../dist';
const { PictureSource } = await import(`${dist}/data/index.js`);
const { FerMobileNetV3, evaluate, pretrainedUrl } = await import(`${dist}/index.js`);
const { createDevice, openDataSet } = await import(`${dist}/node/index.js`);

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    part: { type: 'string', default: 'valid' },
    weights: { type: 'string' },
    adapter: { type: 'string', default: 'auto' },
    subset: { type: 'string' },
  },
});
if (values.data === undefined) {
  console.error('error: --data is missing. It is the folder of FER+, as for feathergrad train.');
  process.exit(1);
}

/** @typedef {{ width: number, height: number, channels: 1 | 3 | 4, data: Uint8Array, name: string }} Picture */
/** @typedef {(image: import('sharp').Sharp, picture: Picture, index: number) => import('sharp').Sharp | Promise<import('sharp').Sharp>} Change */

/** Changes by name. @type {[string, Change][]} */
const CHANGES = [
  ['none', (image) => image],
  ['Gaussian blur, sigma 1 pixel', (image) => image.blur(1)],
  ['Gaussian blur, sigma 2 pixels', (image) => image.blur(2)],
  ['half the resolution (24 x 24), enlarged again', halved],
  ['Gaussian noise, standard deviation 8 of 255', (_, picture, i) => noisy(picture, 8, i)],
  ['Gaussian noise, standard deviation 20 of 255', (_, picture, i) => noisy(picture, 20, i)],
  ['brightness x 0.5', (image) => image.linear(0.5, 0)],
  ['brightness x 1.5, clipped', (image) => image.linear(1.5, 0)],
  ['contrast x 0.5 around the middle gray', (image) => image.linear(0.5, 64)],
  ['JPEG, quality 30', (image) => recoded(image, 30)],
  ['JPEG, quality 10', (image) => recoded(image, 10)],
  ['shifted right by 4 of 48 pixels, edge repeated', (image, picture) => shifted(image, picture, 4)],
  ['rotated by 15°, edge repeated', (image, picture) => rotated(image, picture, 15)],
];

const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
const weights = values.weights ?? fileURLToPath(pretrainedUrl());
const model = await FerMobileNetV3.pretrained(device, { weights: new Uint8Array(await readFile(weights)) });
model.eval();
const set = await openDataSet(values.data, { labels: 'majority' });
const part = set.parts.find((/** @type {{ name: string }} */ one) => one.name === values.part);
if (!part) throw new Error(`robustness: no part ${values.part} in ${set.description}`);
const { source } = await part.load({ stream: false });
const count = Math.min(Number(values.subset ?? source.length), source.length);
const pictures = source.pictures.slice(0, count);
const labels = source.labels.slice(0, count);
console.log(`${device.description}; ${count} images, ${model.side} pixels, mean with the mirror image`);

console.log('\n| change | accuracy | points | macro F1 |\n| --- | ---: | ---: | ---: |');
let unchanged = 0;
for (const [name, change] of CHANGES) {
  const changed = await Promise.all(
    pictures.map((/** @type {Picture} */ picture, /** @type {number} */ i) => apply(change, picture, i)),
  );
  const { accuracy, confusion } = await score(changed);
  if (name === 'none') unchanged = accuracy;
  const points = 100 * (accuracy - unchanged);
  const signed = name === 'none' ? '' : `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;
  console.log(`| ${name} | ${(100 * accuracy).toFixed(1)} % | ${signed} | ${confusion.macroF1.toFixed(3)} |`);
}

device.destroy();
process.exit(0); // Dawn's event loop would keep the process alive

/** @param {Picture[]} images */
async function score(images) {
  const few = new PictureSource({
    pictures: images,
    labels: labels.slice(0, images.length),
    classNames: source.classNames,
  });
  const { side, mean, std } = model;
  return evaluate(model, few, { batch: 64, side, mean, std, mirror: true });
}

/**
 * @param {Change} change
 * @param {Picture} picture
 * @param {number} index
 * @returns {Promise<Picture>}
 */
async function apply(change, picture, index) {
  const { width, height } = picture;
  const channels = channelsOf(picture);
  const image = sharp(picture.data, { raw: { width, height, channels } });
  const changed = await change(image, picture, index);
  const { data, info } = await changed.raw().toBuffer({ resolveWithObject: true });
  const kept = channels === 1 && info.channels !== 1 ? firstOf(data, info.channels) : new Uint8Array(data);
  if (info.width !== width || info.height !== height || kept.length !== picture.data.length) {
    throw new Error(
      `robustness: a change returned ${info.width} x ${info.height}, expected ${width} x ${height}`,
    );
  }
  return { ...picture, data: kept };
}

/** @param {Picture} picture */
function channelsOf({ data, width, height }) {
  return /** @type {1 | 3 | 4} */ (data.length / (width * height));
}

/**
 * sharp returns gray images with three equal channels after some operations.
 * @param {Buffer} data
 * @param {number} channels
 */
function firstOf(data, channels) {
  return Uint8Array.from({ length: data.length / channels }, (_, i) => data[i * channels] ?? 0);
}

/**
 * @param {import('sharp').Sharp} image
 * @param {Picture} picture
 */
async function halved(image, { width, height }) {
  const small = await image
    .resize(Math.ceil(width / 2), Math.ceil(height / 2))
    .png()
    .toBuffer();
  return sharp(small).resize(width, height);
}

/**
 * @param {Picture} picture
 * @param {number} deviation
 * @param {number} index
 */
function noisy(picture, deviation, index) {
  const random = mulberry32(index + 1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const data = Uint8ClampedArray.from(picture.data, (value) => value + deviation * normal());
  const { width, height } = picture;
  return sharp(new Uint8Array(data.buffer), { raw: { width, height, channels: channelsOf(picture) } });
}

/**
 * @param {import('sharp').Sharp} image
 * @param {number} quality
 */
async function recoded(image, quality) {
  return sharp(await image.jpeg({ quality }).toBuffer());
}

/**
 * @param {import('sharp').Sharp} image
 * @param {Picture} picture
 * @param {number} pixels
 */
async function shifted(image, { width, height }, pixels) {
  const wide = await image.extend({ left: pixels, extendWith: 'copy' }).png().toBuffer();
  return sharp(wide).extract({ left: 0, top: 0, width, height });
}

/**
 * @param {import('sharp').Sharp} image
 * @param {Picture} picture
 * @param {number} degrees
 */
async function rotated(image, { width, height }, degrees) {
  const margin = Math.ceil(Math.max(width, height) / 2);
  const sides = { top: margin, bottom: margin, left: margin, right: margin };
  const large = await image
    .extend({ ...sides, extendWith: 'copy' })
    .png()
    .toBuffer();
  const turned = await sharp(large).rotate(degrees).png().toBuffer();
  const { width: w = 0, height: h = 0 } = await sharp(turned).metadata();
  const [left, top] = [Math.floor((w - width) / 2), Math.floor((h - height) / 2)];
  return sharp(turned).extract({ left, top, width, height });
}
