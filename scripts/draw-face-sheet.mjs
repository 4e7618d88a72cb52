// `node scripts/draw-face-sheet.mjs`, after a build: draws docs/images/drawn-faces.png, one row of faces per
// expression.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { root } from './run.mjs';

const SIDE = 96;
const PEOPLE = 10;
const LABEL = 92; // pixels for the expression's name
/** @type {(path: string) => Promise<any>} */
const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const { createDevice } = await built('node/index.js');
const { DrawnFaces, EXPRESSIONS } = await built('data/index.js');

const device = await createDevice();
const faces = new DrawnFaces(device, { seed: 7, side: SIDE });
const pictures = [];
for (const [label, name] of EXPRESSIONS.entries()) {
  const { images } = faces.batch(40 * label, PEOPLE, { label });
  const values = await images.data();
  for (let i = 0; i < PEOPLE; i++) {
    const face = values.subarray(i * SIDE * SIDE * 3, (i + 1) * SIDE * SIDE * 3);
    const input = Buffer.from(face.map((/** @type {number} */ v) => 255 * Math.min(1, Math.max(0, v))));
    const raw = { width: SIDE, height: SIDE, channels: /** @type {const} */ (3) };
    pictures.push({ input, raw, left: LABEL + i * SIDE, top: label * SIDE });
  }
  const text = `<svg width="${LABEL}" height="${SIDE}"><text x="8" y="${SIDE / 2 + 5}" font-family="sans-serif" font-size="15">${name}</text></svg>`;
  pictures.push({ input: Buffer.from(text), left: 0, top: label * SIDE });
}
device.destroy();
await sharp({
  create: {
    width: LABEL + PEOPLE * SIDE,
    height: EXPRESSIONS.length * SIDE,
    channels: 3,
    background: '#ffffff',
  },
})
  .composite(pictures)
  .png({ palette: true, quality: 80 })
  .toFile(join(root, 'docs/images/drawn-faces.png'));
