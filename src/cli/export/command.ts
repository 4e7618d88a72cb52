import { extname } from 'node:path';
import { Command, Option } from 'commander';
import { encodeOnnx } from '../../formats/onnx.ts';
import { encodeTorch } from '../../formats/torch-writer.ts';
import { encodeWeights } from '../../formats/weights-file.ts';
import { describeModel } from '../../models/describe-model.ts';
import type { ImageColor, Variant } from '../../models/fer-mobilenetv3/config.ts';
import { networkMetadata } from '../../models/fer-mobilenetv3/pretrained-metadata.ts';
import type { ModelName } from '../../models/names.ts';
import { megabytes } from '../../text/format.ts';
import { choiceOf, type ModelFile, readModel } from '../shared/model-file.ts';
import { factsFrom, jsonOption, networkOptions, SIDE_FLAGS, wholeNumber } from '../shared/options.ts';
import { printable } from '../shared/printable.ts';
import { requireFolder } from '../shared/require-folder.ts';
import { shortPath } from '../shared/short-path.ts';
import { Terminal } from '../shared/terminal.ts';
import { outputPath, writeOutput } from '../shared/write-file.ts';

const FORMATS = ['onnx', 'safetensors', 'pth'] as const;
type Format = (typeof FORMATS)[number];
const INPUTS = ['normalized', 'unit', 'bytes'] as const;

interface ExportOptions {
  weights?: string;
  to?: Format;
  out: string;
  f16?: boolean;
  fold?: boolean;
  side?: number | 'any';
  batch?: number;
  input?: (typeof INPUTS)[number];
  softmax?: boolean;
  model?: ModelName;
  variant?: Variant;
  classes?: string[];
  color?: ImageColor;
  force?: boolean;
  key?: string;
  stripPrefix?: string;
  json?: boolean;
}

/** Options that apply to ONNX files only, by property. */
const ONNX_ONLY = ['fold', 'batch', 'input', 'softmax'] as const;

/** `feathergrad export`: weights as ONNX, safetensors or a PyTorch state dict. Needs no GPU. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description(
      'writes weights as ONNX, safetensors or a PyTorch state dict; reads safetensors, .pth and .pt',
    )
    .option('--weights <file>', 'weights to read (default: the bundled weights)')
    .requiredOption('--out <file>', 'file to write; required')
    .addOption(new Option('--to <format>', 'format (default: by the extension of --out)').choices(FORMATS))
    .option('--f16', 'store weights in half precision, at half the size')
    .option('--force', 'overwrite an existing file')
    .addOption(jsonOption())
    .optionsGroup('For ONNX:')
    .option('--fold', 'fold batch norm into the convolutions')
    .option('--softmax', 'output probabilities instead of logits')
    .addOption(
      new Option(
        '--input <values>',
        'input of the graph: normalized values, pixels from 0 to 1 (unit), or bytes; the graph normalizes the last two',
      )
        .choices(INPUTS)
        .default(undefined, 'normalized'),
    )
    .option('--batch <n>', 'fixed batch size (default: any)', wholeNumber(1, 65536))
    .optionsGroup('Network, if the weights do not describe it:');
  const side = new Option(
    SIDE_FLAGS,
    'pixels along each side of the input, or the word any for ONNX (default: from the weights, otherwise 224)',
  ).argParser(sideOrAny);
  for (const option of networkOptions(side)) command.addOption(option);
  return command.action((options: ExportOptions) => runExport(options));
}

async function runExport(options: ExportOptions): Promise<void> {
  const { out, side, force = false, json = false } = options;
  const format = formatFor(out, options.to);
  const misplaced = ONNX_ONLY.find((name) => options[name] !== undefined);
  if (format !== 'onnx' && (misplaced || side === 'any')) {
    throw new Error(
      `--${misplaced ?? 'side any'} is for ONNX; ${format} files hold only the weights. Omit it.`,
    );
  }
  const path = await outputPath(out, force);
  await requireFolder('--out', path);
  const file = await readModel(options.weights, factsFrom(options), choiceOf(options));
  const terminal = new Terminal({ json });
  for (const note of file.notes) terminal.note(note);
  const bytes = encode(file, format, options);
  await writeOutput(path, bytes);
  const { model } = file;
  terminal.say(`${printable(shortPath(out))}: ${format}, ${megabytes(bytes.length)}`);
  const pixels = side === 'any' ? 'any number of pixels' : `${model.side} x ${model.side} pixels`;
  terminal.say(`${describeModel(model)}, ${pixels}`);
  terminal.say(`classes ${model.classNames.map(printable).join(', ')}`);
  terminal.result({
    out,
    format,
    bytes: bytes.length,
    model: model.model,
    variant: model.variant,
    classNames: model.classNames,
    side: model.side,
    mean: model.mean,
    std: model.std,
    color: model.color,
    mirror: model.mirror,
    parameters: model.parameterCount(),
  });
}

function encode({ model, state, metadata }: ModelFile, format: Format, options: ExportOptions): Uint8Array {
  const dtype = options.f16 ? 'f16' : 'f32';
  const network = new Set(['format', 'color', 'testTimeMirror', ...Object.keys(networkMetadata(model))]);
  // keeps other metadata of the file, such as its epoch
  const about = Object.fromEntries(Object.entries(metadata).filter(([key]) => !network.has(key)));
  if (format === 'pth') return encodeTorch(state, dtype);
  if (format === 'safetensors') return encodeWeights(model, state, { dtype, about });
  const { fold, batch, input, softmax, side } = options;
  return encodeOnnx(model, state, {
    dtype,
    about,
    ...(fold && { fold }),
    ...(batch && { batch }),
    ...(input && { input }),
    ...(softmax && { output: 'probabilities' }),
    ...(side && { side }),
  });
}

/** Returns the format of `--to`, or that of the extension of `--out`. */
function formatFor(out: string, to: Format | undefined): Format {
  const ending = extname(out).slice(1).toLowerCase();
  const named = FORMATS.find((format) => format === (ending === 'pt' ? 'pth' : ending));
  const format = to ?? named;
  if (!format) throw new Error(`--out: ${out} does not end in .${FORMATS.join(', .')} or .pt. Add --to.`);
  if (named && named !== format) {
    throw new Error(`--to ${format}: the name ${out} is that of another format. Change one of the two.`);
  }
  return format;
}

function sideOrAny(text: string): number | 'any' {
  return text === 'any' ? 'any' : wholeNumber(32, 4096)(text);
}
