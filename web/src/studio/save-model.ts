import { fileName } from '../lib/file-name.ts';
import { save } from '../lib/save.ts';
import { engine } from './engine.ts';
import { makePage } from './page/make-page.ts';
import type { Project, Result } from './project.ts';
import { sureFrom } from './sure.ts';

export type ModelFormat = 'safetensors' | 'onnx' | 'html';

/** Returns a file name with the project, the classes and the day of training. */
export function modelFileName({ name }: Project, { classNames, at }: Result, ending: string): string {
  const classes = classNames.map(fileName).join('-').slice(0, 60).replace(/-$/, '');
  return `${fileName(name)}-${classes}-${new Date(at).toISOString().slice(0, 10)}.${ending}`;
}

/** Saves the weights of a project in a format, or a page that recognizes with them. */
export async function saveModelAs(
  format: ModelFormat,
  project: Project,
  result: Result,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const name = modelFileName(project, result, format);
  if (format === 'safetensors') save(new Blob([bytes]), name);
  else if (format === 'onnx') save(new Blob([await engine().toOnnx(bytes)]), name);
  else {
    const { weights, cropSide } = await engine().forPage(bytes);
    const page = await makePage({
      title: project.name,
      classNames: result.classNames,
      subject: result.subject,
      cropSide,
      sure: sureFrom(result.sure),
      weights,
      date: new Date(result.at).toISOString().slice(0, 10),
    });
    save(page, name);
  }
}

/** Code that recognizes with the weights, for three environments. */
export function snippets(file: string, { network }: Result): readonly { title: string; text: string }[] {
  return [
    ...(network === 'fer_mobilenetv3' ? [plainPage(file)] : []),
    {
      title: 'npm, in a page with a bundler',
      text: `// npm install feathergrad
import { createDevice } from 'feathergrad';
import { decodeWeights } from 'feathergrad/formats';
import { modelOf } from 'feathergrad/models';

const { state, metadata } = decodeWeights(await (await fetch('/${file}')).arrayBuffer());
const model = modelOf(state, metadata).to(await createDevice()).eval();
model.loadStateDict(state);

/** the square in the middle, as in training */
async function recognize(picture) {
  const side = Math.min(picture.naturalWidth, picture.naturalHeight);
  const [left, top] = [(picture.naturalWidth - side) / 2, (picture.naturalHeight - side) / 2];
  return model.predict(await createImageBitmap(picture, left, top, side, side));
}
console.log(await recognize(document.querySelector('img'))); // [{ label, probability }, ...]
`,
    },
    {
      title: 'Node',
      text: `// npm install feathergrad webgpu sharp
import { readFile } from 'node:fs/promises';
import { decodeWeights } from 'feathergrad/formats';
import { modelOf } from 'feathergrad/models';
import { createDevice } from 'feathergrad/node';
import sharp from 'sharp';

const device = await createDevice();
const { state, metadata } = decodeWeights(await readFile('${file}'));
const model = modelOf(state, metadata).to(device).eval();
model.loadStateDict(state);

// the square in the middle, as in training
const { data, info } = await sharp(process.argv[2])
  .rotate()
  .resize(model.side, model.side, { fit: 'cover' })
  .removeAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
console.log(await model.predict({ data, width: info.width, height: info.height }));
device.destroy();
`,
    },
  ];
}

function plainPage(file: string): { title: string; text: string } {
  return {
    title: 'A plain page, without a bundler',
    text: `<!doctype html>
<meta charset="utf-8">
<img id="picture" src="picture.jpg" alt="">
<output>Loading …</output>
<script type="module">
  // copy feathergrad.min.js from the npm package's folder dist, and the weights, beside this page
  import { createDevice, FerMobileNetV3 } from './feathergrad.min.js';

  const model = await FerMobileNetV3.pretrained(await createDevice(), { url: './${file}' });
  const picture = document.querySelector('#picture');
  await picture.decode();
  // the square in the middle, as in training
  const side = Math.min(picture.naturalWidth, picture.naturalHeight);
  const [left, top] = [(picture.naturalWidth - side) / 2, (picture.naturalHeight - side) / 2];
  const [best] = await model.predict(await createImageBitmap(picture, left, top, side, side));
  document.querySelector('output').textContent = best.label + ', ' + Math.round(100 * best.probability) + ' %';
</script>
`,
  };
}
