// `node scripts/draw-augmentations.mjs`, after a build: draws docs/images/augmentations.png, a face under each
// transform of docs/augmentations.md and under both recipes.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { root } from './run.mjs';

const SIDE = 96;
const COLUMNS = 8;
const LABEL = 150; // pixels for the name
/** @type {(path: string) => Promise<any>} */
const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const { IMAGENET_MEAN, IMAGENET_STD } = await built('index.js');
const { createDevice } = await built('node/index.js');
const { DrawnFaces, PictureSource, paperAugmentation, STRONG_AUGMENTATION } = await built('data/index.js');

const device = await createDevice();
const faces = new DrawnFaces(device, { seed: 7, side: SIDE });
/** @type {any[]} */
const pictures = [];
for (const label of [3, 0, 5, 4, 1, 6, 2, 7]) {
  const { images } = faces.batch(40 * label + 1, 1, { label });
  const values = await images.data();
  const data = Uint8Array.from(values, (v) => Math.round(255 * Math.min(1, Math.max(0, v))));
  pictures.push({ width: SIDE, height: SIDE, channels: 3, data, name: `drawn ${label}` });
}
const source = new PictureSource({
  pictures,
  labels: new Uint32Array(pictures.length),
  classNames: ['drawn'],
});

const paper = paperAugmentation();
/** Applies one transform to every image. @param {object} change */
const always = (change) => ({ ...change, probability: 1 });
/** @type {[string, object | null][]} */
const rows = [
  ['as it is', null],
  ['mirror', { mirror: 1 }],
  ['rotation', { rotation: always(paper.rotation) }],
  ['shift', { shift: always(paper.shift) }],
  ['crop', { crop: always(paper.crop) }],
  ['light', { light: always(paper.light) }],
  ['noise', { noise: always(paper.noise) }],
  ['erasing', { erasing: always(paper.erasing) }],
  ['saturation', { saturation: always(STRONG_AUGMENTATION.saturation) }],
  ['all of "paper"', paper],
  ['all of "strong"', STRONG_AUGMENTATION],
];
/** Converts a normalized value to 0..255. @param {number} value @param {number} i */
const level = (value, i) => {
  const [mean, std] = [IMAGENET_MEAN[i % 3], IMAGENET_STD[i % 3]];
  return 255 * Math.min(1, Math.max(0, mean + std * value));
};
const tiles = [];
for (const [row, [name, augmentation]] of rows.entries()) {
  const reader = source.open(device, { batch: COLUMNS, side: SIDE, augmentation, seed: 3 });
  reader.load([...Array(COLUMNS).keys()], row);
  const { images } = reader.record();
  const values = await images.data();
  reader.dispose();
  for (let i = 0; i < COLUMNS; i++) {
    const face = values.subarray(i * SIDE * SIDE * 3, (i + 1) * SIDE * SIDE * 3);
    const input = Buffer.from(face.map(level));
    const raw = { width: SIDE, height: SIDE, channels: /** @type {const} */ (3) };
    tiles.push({ input, raw, left: LABEL + i * SIDE, top: row * SIDE });
  }
  const text = `<svg width="${LABEL}" height="${SIDE}"><text x="8" y="${SIDE / 2 + 5}" font-family="sans-serif" font-size="15">${name.replaceAll('"', '&quot;')}</text></svg>`;
  tiles.push({ input: Buffer.from(text), left: 0, top: row * SIDE });
}
device.destroy();
const size = { width: LABEL + COLUMNS * SIDE, height: rows.length * SIDE };
await sharp({ create: { ...size, channels: 3, background: '#ffffff' } })
  .composite(tiles)
  .png({ palette: true, quality: 80 })
  .toFile(join(root, 'docs/images/augmentations.png'));
