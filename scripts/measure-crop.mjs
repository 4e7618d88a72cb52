// Measures the whole pipeline from a photo to expressions, with labeled faces pasted onto larger canvases:
//
//   node scripts/measure-crop.mjs --data <FER+ folder or archive> [--part valid] [--count 320] [--scales 1,2] [--sweep]
//
// Each canvas of 480 x 480 pixels has four faces, at random positions, with scales from 0.5 to 3 and angles of up to 25
// degrees. Prints the share of faces that the detector finds by scale, and the accuracy on the faces that were found,
// compared with the accuracy on the same images without detection. `--sweep` tries different windows around the
// detected faces: margin, lift, with and without alignment. Needs `npm run build`.
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { mulberry32 } from './mulberry32.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    part: { type: 'string' },
    count: { type: 'string' },
    scales: { type: 'string' },
    variant: { type: 'string' },
    weights: { type: 'string' },
    sweep: { type: 'boolean' },
    adapter: { type: 'string' },
  },
});
if (!values.data) {
  console.error(
    'usage: node scripts/measure-crop.mjs --data <folder> [--part valid] [--count 320] [--sweep]',
  );
  process.exit(1);
}
const [core, node, faces] = ['../dist/index.js', '../dist/node/index.js', '../dist/faces/index.js'];
const { FerMobileNetV3, Frame } = await import(core);
const { createDevice, openDataSet } = await import(node);
const { DETECT_DEFAULTS, FaceDetector, FaceReader, FACE_WINDOW_DEFAULTS } = await import(faces);

const SIDE = 480;
const CELLS = 2;
const count = Number(values.count ?? 320);
const scales = values.scales ? values.scales.split(',').map(Number) : DETECT_DEFAULTS.scales;

const random = mulberry32(1);

const set = await openDataSet(values.data);
const part =
  set.parts.find((/** @type {{ name: string }} */ { name }) => name === (values.part ?? 'valid')) ??
  set.parts[0];
const { source } = await part.load({ stream: false });
const step = Math.floor(source.pictures.length / count);
const chosen = Array.from({ length: count }, (_, i) => i * step);
await set.close();

const device = await createDevice(values.adapter ? { adapter: values.adapter } : {});
const model = await FerMobileNetV3.pretrained(device, values.weights ? { url: values.weights } : {});
const detector = await FaceDetector.load(device, { variant: values.variant ?? 'back' });
const labelOf = (/** @type {number} */ at) => source.classNames[source.labels[at]];

const plain = await model.predict(
  chosen.map((at) => source.pictures[at]),
  { topK: 1 },
);
const plainRight = new Set(chosen.filter((at, i) => plain[i][0].label === labelOf(at)));
console.log(`plain images: ${plainRight.size} of ${count} correct, ${percent(plainRight.size, count)}`);

/** @typedef {{ at: number, x: number, y: number, size: number, scale: number, face: any, canvas: number, small: { width: number, height: number, data: Uint8Array } }} Pasted */
/** @type {Pasted[]} */
const pasted = [];
/** @type {{ width: number, height: number, data: Uint8Array }[]} */
const canvases = [];
const cell = SIDE / CELLS;
for (let first = 0; first < count; first += CELLS * CELLS) {
  const layers = [];
  for (let k = 0; k < CELLS * CELLS && first + k < count; k++) {
    const at = /** @type {number} */ (chosen[first + k]);
    const scale = 0.5 * 6 ** random();
    const angle = 50 * random() - 25;
    const { width, height, data, channels } = source.pictures[at];
    const size = Math.round(width * scale);
    const resized = await sharp(Buffer.from(data), { raw: { width, height, channels } })
      .toColourspace('srgb')
      .resize(size, size, { kernel: 'cubic' })
      .png()
      .toBuffer();
    const small = await sharp(resized).removeAlpha().raw().toBuffer();
    const { data: turned, info } = await sharp(resized)
      .ensureAlpha()
      .rotate(angle, { background: '#00000000' })
      .png()
      .toBuffer({ resolveWithObject: true });
    const left = Math.round((k % CELLS) * cell + random() * Math.max(0, cell - info.width));
    const top = Math.round(Math.floor(k / CELLS) * cell + random() * Math.max(0, cell - info.height));
    layers.push({ input: turned, left, top });
    pasted.push({
      at,
      x: left + info.width / 2,
      y: top + info.height / 2,
      size,
      scale,
      face: null,
      canvas: canvases.length,
      small: { width: size, height: size, data: new Uint8Array(small) },
    });
  }
  const gray = Math.round(60 + 140 * random());
  const { data } = await sharp({
    create: { width: SIDE, height: SIDE, channels: 3, background: { r: gray, g: gray, b: gray } },
  })
    .composite(layers)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  canvases.push({ width: SIDE, height: SIDE, data: new Uint8Array(data) });
}

const frame = new Frame(device, { width: SIDE, height: SIDE });
let extra = 0;
for (const [i, canvas] of canvases.entries()) {
  frame.write(canvas);
  for (const face of await detector.detect(frame, { scales })) {
    const { left, top, width, height } = face.box;
    const owner = pasted.find(
      (one) =>
        one.canvas === i &&
        !one.face &&
        Math.hypot(left + width / 2 - one.x, top + height / 2 - one.y) < one.size / 2 &&
        width > one.size / 3 &&
        width < one.size * 2,
    );
    if (owner) owner.face = face;
    else extra++;
  }
}
const found = pasted.filter(({ face }) => face);
console.log(
  `found ${found.length} of ${count} faces, ${percent(found.length, count)}; ${extra} false detections`,
);
for (const [low, high] of [
  [0.5, 0.75],
  [0.75, 1],
  [1, 1.5],
  [1.5, 2],
  [2, 3],
]) {
  const group = pasted.filter(({ scale }) => scale >= Number(low) && scale < Number(high));
  const seen = group.filter(({ face }) => face);
  console.log(
    `  scale ${low} to ${high} (${48 * Number(low)} to ${48 * Number(high)} pixels): ${seen.length} of ${group.length}`,
  );
}
const ratio = found.map(({ face, size }) => face.box.width / size).sort((a, b) => a - b);
console.log(`side of the box / side of the image: median ${ratio[ratio.length >> 1]?.toFixed(3)}`);
const same = found.filter(({ at }) => plainRight.has(at)).length;
console.log(`the same ${found.length} images without detection: ${percent(same, found.length)}`);
const reduced = await model.predict(
  found.map(({ small }) => small),
  { topK: 1 },
);
const isLarge = (/** @type {Pasted} */ { scale }) => scale >= 1;
const large = found.filter(isLarge).length;
report(
  'the same images at their size on the canvas',
  found.map(({ at }, i) => reduced[i][0].label === labelOf(at)),
);

const settings = values.sweep
  ? [true, false].flatMap((align) =>
      (align ? [1.0, 1.1, 1.2, 1.3, 1.45] : [1.15]).flatMap((margin) =>
        [0, 0.05, 0.1].map((lift) => ({ margin, lift, align })),
      ),
    )
  : [FACE_WINDOW_DEFAULTS];
for (const setting of settings) {
  const reader = await FaceReader.load(model, { detector, ...setting });
  /** @type {Map<Pasted, boolean>} */
  const right = new Map();
  for (const [i, canvas] of canvases.entries()) {
    const own = found.filter((one) => one.canvas === i);
    if (own.length === 0) continue;
    frame.write(canvas);
    const answers = await reader.classify(
      frame,
      own.map(({ face }) => face),
    );
    for (const [k, one] of own.entries()) right.set(one, answers[k].label === labelOf(one.at));
  }
  reader.dispose();
  const { margin, lift, align } = setting;
  report(
    `margin ${margin}, lift ${lift}, ${align ? 'aligned' : 'not aligned'}`,
    found.map((one) => right.get(one) === true),
  );
}
frame.dispose();
device.destroy();

/**
 * Prints the accuracy on the faces that were found, and on those of at least the original size.
 * @param {string} what
 * @param {readonly boolean[]} right one per face found
 */
function report(what, right) {
  const all = right.filter(Boolean).length;
  const some = right.filter((one, i) => one && isLarge(/** @type {Pasted} */ (found[i]))).length;
  console.log(`${what}: ${percent(all, found.length)}, at scale 1 or more ${percent(some, large)}`);
}

/** @param {number} part @param {number} whole */
function percent(part, whole) {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}
