import { DataError } from '../../data/data-error.ts';
import { matchClassNames } from '../../data/expression-names.ts';
import { imageNames } from '../../data/soft-targets.ts';
import type { ImageColor, Variant } from '../../models/fer-mobilenetv3/config.ts';
import type { ModelName } from '../../models/names.ts';
import type { LoadedPart } from '../../node/data-set.ts';
import { openDataSet } from '../../node/open-data-set.ts';
import { softTargetsText } from '../../node/soft-targets-file.ts';
import { megabytes, number, percent } from '../../text/format.ts';
import { evaluate } from '../../train/evaluate.ts';
import { choiceOf, type ModelFile, readModel } from '../shared/model-file.ts';
import { openDevice } from '../shared/open-device.ts';
import { factsFrom } from '../shared/options.ts';
import { requireFolder } from '../shared/require-folder.ts';
import { shortPath } from '../shared/short-path.ts';
import { Terminal } from '../shared/terminal.ts';
import { outputPath, writeOutput } from '../shared/write-file.ts';
import { shiftedViews } from './shifted-views.ts';

/** Options of `feathergrad targets`. */
export interface TargetsOptions {
  data: string;
  out: string;
  force?: boolean;
  weights?: string[];
  mirror?: boolean;
  shift?: number;
  temperature?: number;
  batch: number;
  json?: boolean;
  adapter?: string;
  side?: number;
  model?: ModelName;
  variant?: Variant;
  classes?: string[];
  color?: ImageColor;
  key?: string;
  stripPrefix?: string;
}

/** A network, and the index of each class of the images among its outputs. */
interface Teacher {
  file: ModelFile;
  name: string;
  positions: number[];
}

/**
 * Writes the mean probabilities of the networks for each image of the training part.
 * @throws Error for weights, data, a file or a GPU that cannot be used, and for networks without the classes of the data
 */
export async function runTargets(options: TargetsOptions): Promise<void> {
  const { json = false, force = false, shift = 0, temperature = 1 } = options;
  const terminal = new Terminal({ json });
  const out = await outputPath(options.out, force);
  await requireFolder('--out', out);
  const files: { name: string; file: ModelFile }[] = [];
  for (const path of options.weights ?? [undefined]) {
    const file = await readModel(path, factsFrom(options), choiceOf(options));
    for (const note of file.notes) terminal.note(note);
    files.push({ name: path ?? 'the bundled weights', file });
  }
  // this rule labels all images that any rule labels
  const set = await openDataSet(options.data, { defaultLabels: 'argmax' });
  try {
    const part = set.parts.find(({ name }) => name === 'train') ?? set.parts[0]!;
    const teachers = files.map((each) => ({ ...each, positions: positionsIn(each, set.classNames) }));
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      terminal.progress('reading', done, total, `${done} of ${total} images`);
    const loaded = await part.load({ onProgress });
    terminal.clear();
    terminal.note(loaded.description);
    const names = imageNames(loaded.source);
    const { mean, views } = await meanProbabilities(teachers, loaded.source, options, terminal);
    const rows = new Map(names.map((name, i) => [name, rowOf(mean, i, set.classNames.length)]));
    const bytes = new TextEncoder().encode(softTargetsText({ classNames: set.classNames, rows }));
    await writeOutput(out, bytes);
    const accuracy = shareRight(rows.values(), loaded.source.labels);
    terminal.say(
      `${shortPath(out)}: ${number(rows.size)} images, ${megabytes(bytes.length)}; mean of ${views} views`,
    );
    terminal.say(`${percent(accuracy)} of the labels are the most probable class`);
    terminal.result({
      out,
      images: rows.size,
      classNames: set.classNames,
      weights: files.map(({ name }) => name),
      views,
      shift,
      temperature,
      accuracy,
      skipped: loaded.skipped,
    });
  } finally {
    terminal.clear();
    await set.close();
  }
}

/** @throws DataError when the network does not have each class of the images */
function positionsIn(
  { name, file }: { name: string; file: ModelFile },
  classNames: readonly string[],
): number[] {
  const positions = matchClassNames(classNames, file.model.classNames);
  if (!positions.includes(-1) && new Set(positions).size === positions.length) return positions;
  throw new DataError(
    `--weights: ${name}: the network has the classes ${file.model.classNames.join(', ')}, but the images have ` +
      `${classNames.join(', ')}. Use a network with all classes of the images, or name its outputs with --classes.`,
  );
}

/** Runs each network on each view and returns the mean probabilities [images, classes] and the number of views. */
async function meanProbabilities(
  teachers: readonly Teacher[],
  source: LoadedPart['source'],
  { shift = 0, temperature = 1, batch, mirror, adapter }: TargetsOptions,
  terminal: Terminal,
): Promise<{ mean: Float32Array; views: number }> {
  const classes = source.classNames.length;
  const sum = new Float64Array(source.length * classes);
  const shifted = shiftedViews(source, shift);
  let views = 0;
  const device = await openDevice(adapter);
  try {
    for (const { file, name, positions } of teachers) {
      const model = file.model.to(device);
      model.loadStateDict(file.state);
      model.eval();
      terminal.note(`${name}: ${model.side} x ${model.side} pixels, on ${device.description}`);
      const outputs = model.classNames.length;
      for (const [at, view] of shifted.entries()) {
        const { side, mean, std } = model;
        const mirrored = mirror ?? model.mirror;
        const { probabilities } = await evaluate(model, view.relabel(model.classNames, positions), {
          batch: Math.min(batch, source.length),
          side,
          mean,
          std,
          mirror: mirrored,
          onProgress: (done) =>
            terminal.progress(
              'evaluating',
              done,
              source.length,
              `view ${at + 1} of ${shifted.length}: ${done} of ${source.length} images`,
            ),
        });
        terminal.clear();
        const weight = mirrored ? 2 : 1;
        views += weight;
        for (let i = 0; i < source.length; i++) {
          const row = soften(rowOf(probabilities, i, outputs), temperature);
          const own = positions.map((p) => row[p]!);
          const total = own.reduce((all, value) => all + value, 0);
          own.forEach((value, k) => {
            // a network may be certain of a class that the images do not have
            sum[i * classes + k]! += weight * (total > 0 ? value / total : 1 / classes);
          });
        }
      }
      model.dispose();
    }
  } finally {
    device.destroy();
  }
  return { mean: Float32Array.from(sum, (value) => value / views), views };
}

function rowOf(matrix: Float32Array, row: number, width: number): Float32Array {
  return matrix.subarray(row * width, (row + 1) * width);
}

/** Returns p^(1 / temperature), normalized: the probabilities of logits that are divided by the temperature. */
function soften(row: Float32Array, temperature: number): ArrayLike<number> {
  if (temperature === 1) return row;
  const most = Math.max(...row);
  const powers = Array.from(row, (p) => (p / most) ** (1 / temperature));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** Returns the share of rows whose largest value is at the label. */
function shareRight(rows: Iterable<Float32Array>, labels: Uint32Array): number {
  let right = 0;
  let count = 0;
  for (const row of rows) if (row.indexOf(Math.max(...row)) === labels[count++]) right++;
  return right / count;
}
