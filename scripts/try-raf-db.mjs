// `node scripts/try-raf-db.mjs [--out runs/raf-db] [--train 70] [--test 21] [--side 64] [--adapter auto]`, after a build:
// draws faces into a folder with RAF-DB's layout (EmoLabel/list_patition_label.txt, Image/aligned/*_aligned.jpg of
// 100 x 100 pixels, labels 1 to 7), then trains for one epoch with each recipe, evaluates and predicts with the command
// line. It shows that the loader and the commands work; the accuracy of a few steps means nothing.
//
// The folder is also data for scripts/ablation.mjs where RAF-DB is not available.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { built, feathergrad } from './compare-training.mjs';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/raf-db' },
    train: { type: 'string', default: '70' },
    test: { type: 'string', default: '21' },
    side: { type: 'string', default: '64' },
    adapter: { type: 'string', default: 'auto' },
    'draw-only': { type: 'boolean', default: false },
  },
});
/** RAF-DB's classes: Surprise, Fear, Disgust, Happy, Sadness, Anger, Neutral. */
const CLASSES = 7;
/** Pixels along each side of RAF-DB's aligned faces. */
const SIDE = 100;

const out = resolve(values.out);
const data = join(out, 'data');
await draw();
if (!values['draw-only']) {
  const common = ['--data', data, '--adapter', values.adapter];
  for (const recipe of ['paper', 'feathergrad']) {
    const run = join(out, recipe);
    const settings = ['--recipe', recipe, '--side', values.side, '--epochs', '1', '--batch', '8'];
    const trained = await feathergrad(['train', ...common, ...settings, '--out', run, '--force']);
    const weights = ['--weights', join(run, 'weights.safetensors')];
    const evaluated = await feathergrad(['eval', ...common, ...weights]);
    const face = join(data, 'Image/aligned/test_0001_aligned.jpg');
    const predicted = await feathergrad(['predict', face, ...weights, '--adapter', values.adapter]);
    console.log(
      `${recipe}: ${trained.steps} steps, loss ${trained.loss.toFixed(3)}, ${trained.imagesPerSecond.toFixed(0)} images/s; ` +
        `eval ${evaluated.correct} of ${evaluated.count} of the ${evaluated.part} part, ${trained.classNames.length} classes`,
    );
    console.log(`  predict: ${JSON.stringify(predicted).slice(0, 300)}`);
  }
}

/** Draws the faces; training and test faces are of different people. */
async function draw() {
  const { createDevice } = await built('node/index.js');
  const { DrawnFaces } = await built('data/index.js');
  await rm(data, { recursive: true, force: true });
  await mkdir(join(data, 'EmoLabel'), { recursive: true });
  await mkdir(join(data, 'Image/aligned'), { recursive: true });
  const device = await createDevice({ adapter: /** @type {'auto'} */ (values.adapter) });
  const lines = [];
  for (const [seed, part, digits] of /** @type {const} */ ([
    [11, 'train', 5],
    [12, 'test', 4],
  ])) {
    const faces = new DrawnFaces(device, { seed, side: SIDE, classes: CLASSES });
    for (let i = 0; i < Number(values[part]); i++) {
      const label = i % CLASSES;
      const { images } = faces.batch(i, 1, { label });
      const bytes = Uint8Array.from(await images.data(), (value) => Math.round(255 * value));
      images.dispose();
      const name = `${part}_${String(i + 1).padStart(digits, '0')}`;
      const raw = { width: SIDE, height: SIDE, channels: /** @type {const} */ (3) };
      await sharp(bytes, { raw })
        .jpeg({ quality: 90 })
        .toFile(join(data, `Image/aligned/${name}_aligned.jpg`));
      lines.push(`${name}.jpg ${label + 1}`);
    }
  }
  await writeFile(join(data, 'EmoLabel/list_patition_label.txt'), `${lines.join('\n')}\n`);
  device.destroy();
  console.log(`${data}: ${lines.length} drawn faces in RAF-DB's layout`);
}
