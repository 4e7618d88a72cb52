import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Command, Option } from 'commander';
import { DEFAULT_MAX_SIDE } from '../../data/picture.ts';
import { isSkipped } from '../../data/read-each.ts';
import { FaceReader } from '../../faces/face-reader.ts';
import type { Device } from '../../gpu/device.ts';
import type { ImageColor, Variant } from '../../models/fer-mobilenetv3/config.ts';
import type { ModelName } from '../../models/names.ts';
import { openDecoder } from '../../node/decode-picture.ts';
import { ANNOTATED_FORMATS, annotatedPhoto } from '../../node/photo-files.ts';
import { percent } from '../../text/format.ts';
import { choiceOf, readModel } from '../shared/model-file.ts';
import { openDevice } from '../shared/open-device.ts';
import {
  adapterOption,
  factsFrom,
  jsonOption,
  networkOptions,
  tuneOptions,
  weightsOptions,
  wholeNumber,
} from '../shared/options.ts';
import { requireFolder } from '../shared/require-folder.ts';
import { Terminal } from '../shared/terminal.ts';
import { type TuneChoice, tunePredictions } from '../shared/tune.ts';
import { outputPath, writeOutput } from '../shared/write-file.ts';
import { type Answer, asJson, linesOf } from './answer.ts';
import {
  CROPPED_SIDE,
  type FacesChoice,
  facesIn,
  isCropped,
  PHOTO_SIDE,
  type Photo,
  readPhotos,
} from './photo.ts';

/** Cropped images per batch. */
const BATCH = 32;
/** Photos per batch; a decoded photo takes up to 12 MB. */
const PHOTO_BATCH = 8;

interface PredictOptions extends TuneChoice {
  weights?: string;
  mirror?: boolean;
  half?: boolean;
  top: number;
  side?: number;
  model?: ModelName;
  variant?: Variant;
  classes?: string[];
  color?: ImageColor;
  json?: boolean;
  adapter?: string;
  key?: string;
  stripPrefix?: string;
  faces: FacesChoice;
  annotate?: string;
  force?: boolean;
}

/** `feathergrad predict`: prints class and probability of each image. */
export function predictCommand(): Command {
  const command = new Command('predict')
    .description('finds the faces in images and predicts the expression of each')
    .argument('<files...>', 'images (PNG, JPEG, WebP, any size)')
    .addOption(
      new Option(
        '--faces <choice>',
        `auto: find faces in images larger than ${CROPPED_SIDE} x ${CROPPED_SIDE} pixels, and treat smaller images as one face; none: treat every image as one face`,
      )
        .choices(['auto', 'none'])
        .default('auto'),
    )
    .option(
      '--annotate <file>',
      'write the image with boxes and labels to this file (.png, .jpg or .webp); for one image',
    )
    .option('--force', 'overwrite the file of --annotate if it exists')
    .option('--top <n>', 'number of classes to print per image', wholeNumber(1, 1000), 3);
  for (const option of weightsOptions()) command.addOption(option);
  command.optionsGroup('Network, if the weights do not describe it:');
  for (const option of networkOptions()) command.addOption(option);
  command.optionsGroup('Result:').addOption(jsonOption()).addOption(adapterOption());
  for (const option of tuneOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nThe exit code is 1 if a file cannot be decoded as an image; all other images are still predicted.',
    )
    .action((files: string[], options: PredictOptions) => predict(files, options));
}

async function predict(files: string[], options: PredictOptions): Promise<void> {
  const terminal = new Terminal({ json: options.json ?? false });
  if (files.includes('')) {
    throw new Error('files: a name is empty. If it comes from a variable, the variable is not set.');
  }
  if (options.force && options.annotate === undefined) {
    throw new Error('--force overwrites the file of --annotate. Add --annotate <file>, or omit --force.');
  }
  const target = await annotationTarget(files, options);
  const { model, state, notes } = await readModel(options.weights, factsFrom(options), choiceOf(options));
  for (const note of notes) terminal.note(note);
  const { mirror = model.mirror, faces } = options;
  model.mirror = mirror;
  const decoder = await openDecoder(faces === 'none' ? DEFAULT_MAX_SIDE : PHOTO_SIDE);
  const batch = faces === 'none' ? BATCH : PHOTO_BATCH;
  const answers: Answer[] = [];
  const width = Math.min(60, Math.max(...files.map((file) => file.length)));
  let device: Device | null = null;
  let reader: FaceReader | null = null;
  try {
    // Works in batches, so that many files need little memory and the first results appear early.
    for (let start = 0; start < files.length; start += batch) {
      const names = files.slice(start, start + batch);
      const results = await readPhotos(decoder, names, faces);
      const images = results.filter((result): result is Photo => !isSkipped(result));
      if (images.length > 0 && !device) {
        device = await openDevice(options.adapter);
        model.to(device).loadStateDict(state);
        model.eval();
        if (options.half) model.activations = 'f16';
        const count = images.filter((image) => faces === 'none' || isCropped(image)).length;
        // the number of faces in a photo is not known yet
        await tunePredictions(model, { batch: Math.max(1, count), mirror }, options, terminal);
        terminal.progress('compiling the kernels', 0, 1, '');
      }
      const cropped = images.filter((image) => faces === 'none' || isCropped(image));
      const found = cropped.length > 0 ? await model.predict(cropped, { mirror }) : [];
      for (const [i, result] of results.entries()) {
        const file = names[i] as string;
        let answer: Answer;
        if (isSkipped(result)) answer = { file, error: result.reason };
        else if (cropped.includes(result)) {
          answer = { file, predictions: found[cropped.indexOf(result)] ?? [] };
        } else {
          reader ??= await FaceReader.load(model);
          answer = { file, ...result.shown, faces: await facesIn(reader, result) };
        }
        answers.push(answer);
        const lines = linesOf(answer, width, options.top);
        for (const line of lines) {
          if ('error' in answer) terminal.note(line);
          else terminal.say(line);
        }
      }
    }
  } finally {
    terminal.clear();
    device?.destroy();
  }
  if (target !== null) await annotate(answers[0] as Answer, target, terminal);
  terminal.result({ predictions: answers.map(asJson), classNames: model.classNames, mirror });
  if (answers.some((one) => 'error' in one)) process.exitCode = 1;
}

/** @throws Error when the file of `--annotate` cannot be written, before any work */
async function annotationTarget(
  files: readonly string[],
  { annotate: out, force = false }: PredictOptions,
): Promise<string | null> {
  if (out === undefined) return null;
  if (files.length !== 1) {
    throw new Error(
      `--annotate: it writes one image (got ${files.length} images). Run the command once per image.`,
    );
  }
  if (!ANNOTATED_FORMATS.includes(extname(out).toLowerCase())) {
    throw new Error(
      `--annotate: the format is unknown (got ${out}, expected a name that ends with ${ANNOTATED_FORMATS.join(', ')}).`,
    );
  }
  const path = await outputPath(out, force, '--annotate');
  await requireFolder('--annotate', path);
  return path;
}

/** Writes the image with a box around each face; without boxes if no face was found or none was searched. */
async function annotate(answer: Answer, path: string, terminal: Terminal): Promise<void> {
  if ('error' in answer) return;
  const bytes = await readFile(answer.file);
  const boxes =
    'faces' in answer
      ? answer.faces.map(({ box, label, probability }) => ({
          ...box,
          text: `${label} ${percent(probability)}`,
        }))
      : [];
  if (boxes.length === 0) {
    const reason = 'faces' in answer ? 'no face was found' : 'the whole image is treated as one face';
    terminal.note(`--annotate: ${reason}, so ${path} is the image without boxes.`);
  }
  await writeOutput(path, await annotatedPhoto(bytes, boxes, path));
}
