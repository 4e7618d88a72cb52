import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '../../data/data-error.ts';
import { matchClassNames } from '../../data/expression-names.ts';
import type { LabelRule } from '../../data/label-rules.ts';
import { PictureStream } from '../../data/picture-stream.ts';
import { decodeSafetensors } from '../../formats/safetensors.ts';
import { isTorchFile } from '../../formats/torch-file.ts';
import type { Device } from '../../gpu/device.ts';
import type { ImageColor, Variant } from '../../models/fer-mobilenetv3/config.ts';
import { pretrainedUrl } from '../../models/fer-mobilenetv3/pretrained-url.ts';
import type { ImageClassifier } from '../../models/image-classifier.ts';
import type { ModelName } from '../../models/names.ts';
import type { DataPart, DataSet, LoadedPart, LoadOptions, PartName } from '../../node/data-set.ts';
import { openDataSet, partForTesting } from '../../node/open-data-set.ts';
import { Evaluator } from '../../train/evaluate.ts';
import { type ComparedParts, compareParts, notCompared } from '../shared/compare-parts.ts';
import { choiceOf, type ModelFile, readModel } from '../shared/model-file.ts';
import { openDevice } from '../shared/open-device.ts';
import { factsFrom } from '../shared/options.ts';
import { requireFolder } from '../shared/require-folder.ts';
import { Terminal } from '../shared/terminal.ts';
import { type TuneChoice, tunePredictions } from '../shared/tune.ts';
import { outputPath } from '../shared/write-file.ts';
import { writeEvaluationReport } from './report.ts';
import { type FinishedEvaluation, showEvaluation } from './result.ts';

/** The options of `feathergrad eval` as given on the command line. */
export interface EvalOptions extends TuneChoice {
  data: string;
  weights?: string;
  part?: PartName;
  labels?: LabelRule;
  mirror?: boolean;
  /** false with --no-duplicates */
  duplicates?: boolean;
  half?: boolean;
  batch: number;
  side?: number;
  model?: ModelName;
  variant?: Variant;
  classes?: string[];
  color?: ImageColor;
  report?: string;
  json?: boolean;
  adapter?: string;
  key?: string;
  stripPrefix?: string;
}

/**
 * Evaluates according to the options and prints the result.
 * @throws Error for weights, data or a GPU that cannot be used
 */
export async function runEvaluation(options: EvalOptions): Promise<void> {
  const terminal = new Terminal({ json: options.json ?? false });
  const file = await readModel(options.weights, factsFrom(options), choiceOf(options));
  for (const note of file.notes) terminal.note(note);
  const weights = await describeWeights(options.weights);
  if (options.report) {
    await outputPath(options.report, true, '--report');
    await requireFolder('--report', options.report);
  }
  const set = await openDataSet(options.data, options.labels && { labels: options.labels });
  let device: Device | null = null;
  try {
    const part = partForTesting(set, options.part);
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      terminal.progress('reading', done, total, `${done} of ${total} images`);
    const loaded = await part.load({ onProgress });
    terminal.clear();
    const compared = await compareWithTraining(set, part, loaded, { ...options, onProgress });
    terminal.clear();
    const { source, leftOut } = underClassesOf(file.model, loaded, part);
    if (part.name === 'train')
      terminal.note('There is no test or validation part; evaluating on the training images.');
    device = await openDevice(options.adapter);
    const model = file.model.to(device);
    model.loadStateDict(file.state);
    model.eval();
    if (options.half) model.activations = 'f16';
    const mirror = options.mirror ?? model.mirror;
    const { side } = options;
    const batch = Math.min(options.batch, source.length);
    await tunePredictions(model, { batch, ...(side && { side }) }, options, terminal);
    const measured = await measure({ ...file, model }, source, { ...options, mirror }, terminal);
    const { skipped, description: pictures } = loaded;
    const done = {
      device,
      weights,
      set,
      part,
      source,
      pictures,
      mirror,
      skipped,
      leftOut,
      compared,
      ...measured,
    };
    const report = options.report ? await writeEvaluationReport({ ...done, model }, options.report) : null;
    showEvaluation({ ...done, model }, report, terminal);
  } finally {
    terminal.clear();
    device?.destroy();
    await set.close();
  }
}

/** Compares the evaluated images with the training part of the same set, if that is another part. */
async function compareWithTraining(
  set: DataSet,
  part: DataPart,
  { source }: LoadedPart,
  { duplicates = true, onProgress }: Pick<EvalOptions, 'duplicates'> & LoadOptions,
): Promise<ComparedParts> {
  const train = set.parts.find(({ name }) => name === 'train');
  const name = part.name === 'valid' ? 'validation' : 'test';
  if (!train || part.name === 'train') return { duplicates: null, lines: [], warnings: [] };
  if (!duplicates) return notCompared(name, '--no-duplicates');
  if (source instanceof PictureStream) return notCompared(name, `${name} images are streamed`);
  try {
    return compareParts((await train.load({ ...(onProgress && { onProgress }) })).source, source, name);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return notCompared(name, `the training images cannot be read (${error.message})`);
  }
}

async function measure(
  { model }: ModelFile,
  source: LoadedPart['source'],
  { batch, mirror }: { batch: number; mirror: boolean },
  terminal: Terminal,
): Promise<Pick<FinishedEvaluation, 'evaluation' | 'side' | 'seconds'>> {
  const { side, mean, std } = model;
  const onProgress = (done: number) =>
    terminal.progress('evaluating', done, source.length, `${done} of ${source.length} images`);
  terminal.progress('compiling the kernels', 0, 1, '');
  const evaluator = await Evaluator.create(model, source, { batch, side, mean, std, mirror, onProgress });
  terminal.clear();
  try {
    const started = performance.now();
    const evaluation = await evaluator.run();
    return { evaluation, side, seconds: (performance.now() - started) / 1000 };
  } finally {
    evaluator.dispose();
    terminal.clear();
  }
}

/**
 * Returns the images with the network's labels; images of classes that the network does not have are counted and
 * omitted.
 */
function underClassesOf(
  { classNames }: ImageClassifier,
  { source }: LoadedPart,
  part: DataPart,
): Pick<FinishedEvaluation, 'source' | 'leftOut'> {
  const positions = matchClassNames(source.classNames, classNames);
  const twice = positions.findIndex((at, i) => at !== -1 && positions.indexOf(at) !== i);
  if (twice !== -1) {
    const both = [source.classNames[positions.indexOf(positions[twice]!)], source.classNames[twice]].join(
      ' and ',
    );
    throw new DataError(
      `${part.where}: ${both} are both the network's class ${classNames[positions[twice]!]}. Keep one of them.`,
    );
  }
  const counts = new Map<string, number>();
  for (const label of source.labels) {
    const name = source.classNames[label]!;
    if (positions[label] === -1) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const count = [...counts.values()].reduce((sum, n) => sum + n, 0);
  if (count === source.length) {
    throw new DataError(
      `${part.where} has the classes ${source.classNames.join(', ')}, none of which the network has (it has ` +
        `${classNames.join(', ')}). Check the weights, or rename the outputs with --classes.`,
    );
  }
  return { source: source.relabel(classNames, positions), leftOut: Object.fromEntries(counts) };
}

async function describeWeights(path: string | undefined): Promise<FinishedEvaluation['weights']> {
  const place = path ?? fileURLToPath(pretrainedUrl());
  const bytes = await readFile(place);
  const numbers = isTorchFile(bytes)
    ? 'PyTorch'
    : [...decodeSafetensors(bytes).tensors.values()].some(({ dtype }) => dtype === 'F16')
      ? 'f16'
      : 'f32';
  return { path: resolve(place), bytes: bytes.length, numbers };
}
