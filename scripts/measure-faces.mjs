// Counts the marked faces that the detector finds in a folder of photos:
//
//   node scripts/measure-faces.mjs --faces <folder> [--scales 1,2] [--min-score 0.6] [--variant back] [--crops <folder>] [--time]
//
// The folder contains boxes.json with, per file, a list of { left, top, width, height } in pixels: squares from the
// brows to the chin. A marked face is found if the center of a detected box is inside the marked one, and its side is
// between half and twice the marked one's. Every other detection is false; `--crops` writes these as images for
// inspection. Needs `npm run build`.
// `--time` also prints the time of each stage for the first photo at 640 x 480 pixels.

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const { values } = parseArgs({
  options: {
    faces: { type: 'string' },
    scales: { type: 'string' },
    'min-score': { type: 'string' },
    variant: { type: 'string' },
    crops: { type: 'string' },
    time: { type: 'boolean' },
    adapter: { type: 'string' },
  },
});
if (!values.faces) {
  console.error(
    'usage: node scripts/measure-faces.mjs --faces <folder> [--scales 1,2] [--min-score 0.6] [--crops <folder>]',
  );
  process.exit(1);
}
const [node, faces] = ['../dist/node/index.js', '../dist/faces/index.js'];
const { createDevice } = await import(node);
const { FaceDetector, tilesFor, DETECT_DEFAULTS } = await import(faces);
const device = await createDevice(values.adapter ? { adapter: values.adapter } : {});
const variant = values.variant ?? 'back';
const detector = await FaceDetector.load(device, { variant });
const scales = values.scales ? values.scales.split(',').map(Number) : DETECT_DEFAULTS.scales;
const minScore = Number(values['min-score'] ?? DETECT_DEFAULTS.minScore);

/** @typedef {{ left: number, top: number, width: number, height: number }} Box */
/** @type {Record<string, Box[]>} */
const marked = JSON.parse(await readFile(join(values.faces, 'boxes.json'), 'utf8'));
const isFound = (/** @type {Box} */ mark, /** @type {Box} */ box) => {
  const x = box.left + box.width / 2 - mark.left;
  const y = box.top + box.height / 2 - mark.top;
  const ratio = box.width / mark.width;
  return x >= 0 && x <= mark.width && y >= 0 && y <= mark.height && ratio >= 0.5 && ratio <= 2;
};
const totals = { marked: 0, found: 0, extra: 0, tiles: 0, ms: 0 };
if (values.crops) await mkdir(values.crops, { recursive: true });
for (const [file, marks] of Object.entries(marked)) {
  const path = join(values.faces, file);
  const { data, info } = await sharp(path).rotate().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const image = { width: info.width, height: info.height, data: new Uint8Array(data) };
  await detector.detect(image, { scales, minScore }); // records the work
  const start = performance.now();
  const found = await detector.detect(image, { scales, minScore });
  totals.ms += performance.now() - start;
  const tiles = tilesFor(image.width, image.height, scales).length;
  const missed = marks.filter(
    (mark) => !found.some((/** @type {{ box: Box }} */ { box }) => isFound(mark, box)),
  );
  const extra = found.filter(
    (/** @type {{ box: Box }} */ { box }) => !marks.some((mark) => isFound(mark, box)),
  );
  totals.marked += marks.length;
  totals.found += marks.length - missed.length;
  totals.extra += extra.length;
  totals.tiles += tiles;
  console.log(
    `${file}  ${marks.length - missed.length} of ${marks.length}, ${extra.length} extra, ${tiles} tiles`,
  );
  for (const mark of missed) console.log('   missed', JSON.stringify(mark));
  for (const [i, { box, score }] of extra.entries()) {
    console.log('   extra', score.toFixed(3), JSON.stringify(rounded(box)));
    if (values.crops) await crop(path, box, join(values.crops, `${file}-${i}-${score.toFixed(2)}.png`));
  }
}
console.log(
  `${variant}, scales ${scales.join(', ')}, minimum score ${minScore}: ${totals.found} of ${totals.marked} found, ` +
    `${totals.extra} extra, ${totals.tiles} tiles, ${(totals.ms / Object.keys(marked).length).toFixed(0)} ms per photo (${device.description})`,
);
if (values.time) await time();
detector.dispose();
device.destroy();

/** Prints the median times of detection and of classification at 640 x 480, and the objects created per frame. */
async function time() {
  const core = '../dist/index.js';
  const { FerMobileNetV3 } = await import(core);
  const { FaceReader } = await import(faces);
  const [file = ''] = Object.keys(marked);
  const { data } = await sharp(join(values.faces ?? '', file))
    .resize(640, 480, { fit: 'cover' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const image = { width: 640, height: 480, data: new Uint8Array(data) };
  const reader = await FaceReader.load(await FerMobileNetV3.pretrained(device), { detector });
  for (const tried of [[1], scales]) {
    const found = await reader.read(image, { scales: tried });
    const { buffersCreated, bindGroupsCreated, pipelinesCreated } = device.stats;
    /** @type {{ detect: number, classify: number }[]} */
    const times = [];
    for (let i = 0; i < 9; i++) {
      await reader.read(image, { scales: tried });
      times.push(reader.times);
    }
    const after = device.stats;
    const made =
      after.buffersCreated +
      after.bindGroupsCreated +
      after.pipelinesCreated -
      buffersCreated -
      bindGroupsCreated -
      pipelinesCreated;
    const median = (/** @type {'detect' | 'classify'} */ key) =>
      times
        .map((one) => one[key])
        .sort((a, b) => a - b)[4]
        ?.toFixed(0);
    console.log(
      `640 x 480, scales ${tried.join(', ')}: detection ${median('detect')} ms, expressions of ${found.length} faces ` +
        `${median('classify')} ms, ${made} objects created in 9 frames`,
    );
  }
}

/** @param {Box} box */
function rounded(box) {
  return Object.fromEntries(Object.entries(box).map(([key, value]) => [key, Math.round(value)]));
}

/**
 * Writes a crop around a box with twice its side.
 * @param {string} path
 * @param {Box} box
 * @param {string} target
 */
async function crop(path, box, target) {
  const { width = 0, height = 0 } = await sharp(path).metadata();
  const left = Math.max(0, Math.round(box.left - box.width / 2));
  const top = Math.max(0, Math.round(box.top - box.height / 2));
  await sharp(path)
    .extract({
      left,
      top,
      width: Math.min(width - left, Math.round(2 * box.width)),
      height: Math.min(height - top, Math.round(2 * box.height)),
    })
    .resize({ width: 200 })
    .toFile(target);
}
