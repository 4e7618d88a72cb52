import { readFile, stat } from 'node:fs/promises';
import { Command } from 'commander';
import { DEFAULT_MAX_SIDE, type Picture, type SkippedPicture } from '../../data/picture.ts';
import { isSkipped, readEach } from '../../data/read-each.ts';
import type { Device } from '../../gpu/device.ts';
import type { ImageColor, Variant } from '../../models/fer-mobilenetv3/config.ts';
import type { Prediction } from '../../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { type Decoder, openDecoder, withSingleThreads } from '../../node/decode-picture.ts';
import { percent } from '../../text/format.ts';
import { choiceOf, readModel } from '../shared/model-file.ts';
import { openDevice } from '../shared/open-device.ts';
import { adapterOption, factsFrom, networkOptions, weightsOptions, wholeNumber } from '../shared/options.ts';
import { printable } from '../shared/printable.ts';
import { Terminal } from '../shared/terminal.ts';

/** Images per batch. */
const BATCH = 32;

interface PredictOptions {
  weights?: string;
  mirror?: boolean;
  half?: boolean;
  top: number;
  side?: number;
  variant?: Variant;
  classes?: string[];
  color?: ImageColor;
  json?: boolean;
  adapter?: string;
  key?: string;
  stripPrefix?: string;
}

type Answer = { file: string; predictions: Prediction[] } | { file: string; error: string };

/** `feathergrad predict`: prints class and probability of each image. */
export function predictCommand(): Command {
  const command = new Command('predict')
    .description('predicts class and probability of each image: a face, cropped as in the training images')
    .argument('<files...>', 'images (PNG, JPEG, WebP, any size)')
    .option('--top <n>', 'number of classes to print per image', wholeNumber(1, 1000), 3);
  for (const option of weightsOptions()) command.addOption(option);
  command.optionsGroup('Network, if the weights do not describe it:');
  for (const option of networkOptions()) command.addOption(option);
  return command
    .optionsGroup('Result:')
    .option('--json', 'print one JSON object as the last line of standard output')
    .addOption(adapterOption())
    .addHelpText(
      'after',
      '\nThe exit code is 1 if a file cannot be decoded as an image; all other images are still predicted.',
    )
    .action((files: string[], options: PredictOptions) => predict(files, options));
}

async function predict(files: string[], options: PredictOptions): Promise<void> {
  const terminal = new Terminal({ json: options.json ?? false });
  const { model, state, notes } = await readModel(options.weights, factsFrom(options), choiceOf(options));
  for (const note of notes) terminal.note(note);
  const { mirror = model.mirror } = options;
  const decoder = await openDecoder(DEFAULT_MAX_SIDE);
  const answers: Answer[] = [];
  const width = Math.min(60, Math.max(...files.map((file) => file.length)));
  let device: Device | null = null;
  try {
    // Works in batches, so that many files need little memory and the first results appear early.
    for (let start = 0; start < files.length; start += BATCH) {
      const names = files.slice(start, start + BATCH);
      const results = await read(decoder, names);
      const images = results.filter((result): result is Picture => !isSkipped(result));
      if (images.length > 0 && !device) {
        device = await openDevice(options.adapter);
        model.to(device).loadStateDict(state);
        model.eval();
        if (options.half) model.activations = 'f16';
        terminal.progress('compiling the kernels', 0, 1, '');
      }
      const found = images.length > 0 ? await model.predict(images, { mirror }) : [];
      const own = results.map((result, i): Answer => {
        const file = names[i] as string;
        if (isSkipped(result)) return { file, error: result.reason };
        return { file, predictions: found[images.indexOf(result)] as Prediction[] };
      });
      answers.push(...own);
      for (const one of own) say(terminal, one, width, options.top);
    }
  } finally {
    terminal.clear();
    device?.destroy();
  }
  terminal.result({ predictions: answers.map(asJson), classNames: model.classNames, mirror });
  if (answers.some((one) => 'error' in one)) process.exitCode = 1;
}

/** Decodes the images; for a file that cannot be decoded, keeps the reason. */
async function read(decoder: Decoder, files: readonly string[]): Promise<(Picture | SkippedPicture)[]> {
  const one = async (file: string): Promise<Picture> => {
    const found = await stat(file).catch(() => undefined);
    if (!found) throw new Error('does not exist');
    if (found.isDirectory()) throw new Error('is a folder. Give the images in it, such as folder/*.png.');
    return decoder.decode(await readFile(file), file);
  };
  return withSingleThreads(() => readEach(files, (file) => file, one, { concurrency: 8 }));
}

function say(terminal: Terminal, one: Answer, width: number, top: number): void {
  const name = printable(one.file).padEnd(width);
  if ('error' in one) {
    terminal.note(`${name}  ${one.error}`);
    return;
  }
  const [first, ...rest] = one.predictions.slice(0, top);
  const others = rest
    .map(({ label, probability }) => `${printable(label)} ${percent(probability)}`)
    .join(', ');
  terminal.say(
    `${name}  ${printable(first!.label)} ${percent(first!.probability)}${others && `  (${others})`}`,
  );
}

function asJson(one: Answer): object {
  if ('error' in one) return one;
  const { file, predictions } = one;
  return {
    file,
    label: predictions[0]!.label,
    probability: predictions[0]!.probability,
    probabilities: Object.fromEntries(predictions.map(({ label, probability }) => [label, probability])),
  };
}
