import { join } from 'node:path';
import type { SkippedPicture } from '../../data/picture.ts';
import { transferWeights } from '../../formats/transfer.ts';
import { encodeWeights } from '../../formats/weights-file.ts';
import type { Device } from '../../gpu/device.ts';
import type { ImageClassifier } from '../../models/image-classifier.ts';
import { modelFor } from '../../models/registry.ts';
import { NonFiniteError } from '../../tensor/non-finite-error.ts';
import { mebibytes } from '../../text/format.ts';
import { checkRecipe } from '../../train/check-recipe.ts';
import { DivergedError } from '../../train/diverged-error.ts';
import { evaluate } from '../../train/evaluate.ts';
import { type FitOptions, type FitResult, fit } from '../../train/fit.ts';
import { estimateMemory } from '../../train/memory-estimate.ts';
import { type Plan, plan } from '../../train/plan.ts';
import { type SettledRecipe, settleRecipe, withDefaults } from '../../train/recipe-defaults.ts';
import { tuneTraining } from '../../train/tune-training.ts';
import type { ReportEpoch } from '../report/data.ts';
import { type ComparedParts, compareParts } from '../shared/compare-parts.ts';
import { choiceOf } from '../shared/model-file.ts';
import { openDevice } from '../shared/open-device.ts';
import { shortPath } from '../shared/short-path.ts';
import { Terminal } from '../shared/terminal.ts';
import { withTuning } from '../shared/tune.ts';
import { replaceFile } from '../shared/write-file.ts';
import { CheckpointFolder } from './checkpoint-folder.ts';
import { loadTrainingData, type TrainingData } from './data.ts';
import { describeSettings } from './describe.ts';
import { type InitialWeights, readInitialWeights } from './initial-weights.ts';
import { TrainingLog } from './log.ts';
import { checkFlags, flagOf, recipeOf, type TrainOptions } from './options.ts';
import { type Measured, showResult, writeReport } from './result.ts';
import { aboutWeights, continueWith, keepCheckpoints, type Resumed, readRun } from './resumed-run.ts';
import { RunFolder } from './run-folder.ts';
import { listenForStop, type StopSignal } from './stop-signal.ts';

/** Skipped images that the terminal lists; `--json` lists all. */
const MOST_NAMED = 20;

interface Context {
  device: Device;
  data: TrainingData;
  settings: SettledRecipe;
  options: TrainOptions;
  plan: Plan<ImageClassifier>;
  /** weights to start from */
  start: InitialWeights | null;
  /** description of data and settings */
  config: Record<string, string | number>;
  terminal: Terminal;
  /** folder for the weights and the report */
  folder: string;
  /** training and validation images */
  compared: ComparedParts;
  /** the run to resume */
  resume: Resumed | null;
  stop: StopSignal;
}

/**
 * Trains according to the options, writes weights and report, and sets the exit code.
 * @throws Error for options, images, a folder or a GPU that cannot be used, and NonFiniteError
 */
export async function runTraining(given: TrainOptions): Promise<void> {
  const resume = given.resume === undefined ? null : await readRun(given.resume);
  const options = resume ? continueWith(resume.options, given) : given;
  const recipe = recipeOf(options);
  checkFlags(options);
  checkRecipe(recipe, { isDrawn: options.data === undefined }, flagOf);
  // a resumed run already has weights
  const defaults = withDefaults(recipe, options.data === undefined);
  const start =
    options.init === undefined || resume
      ? null
      : await readInitialWeights(options.init, defaults.model, choiceOf(options));
  // a resumed run needs it, and by then the file may no longer exist
  if (start?.color) options.initColor = start.color;
  const terminal = new Terminal({ json: options.json ?? false });
  for (const note of start?.notes ?? []) terminal.note(note);
  const stop = listenForStop((text) => terminal.note(text));
  const { signal } = stop;
  if (resume?.note) terminal.note(resume.note);
  let folder: RunFolder | null = null;
  let device: Device | null = null;
  try {
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      terminal.progress('reading', done, total, `${done} of ${total} images`);
    const data = await loadTrainingData(options, { signal, onProgress });
    nameSkipped(terminal, data.skipped);
    const compared = compareData(data);
    for (const line of compared.lines)
      terminal.note(compared.warnings.includes(line) ? `warning: ${line}` : line);
    folder = await RunFolder.create({ chosen: options.out, resumed: resume?.folder, force: options.force });
    device = await openDevice(options.adapter);
    const isDrawn = options.data === undefined;
    const forModel = settleRecipe(recipe, { images: data.train.length, isDrawn });
    const color = options.initColor === 'gray' ? 'gray' : data.train.color;
    const model = modelFor(forModel, { classNames: data.train.classNames, color });
    const planned = plan(
      model.to(device, { seed: forModel.seed }),
      { ...data, augmentedShare: data.layout === 'RAF-DB' ? 0.45 : undefined },
      recipe,
      { named: flagOf },
    );
    const { settings } = planned;
    const config = { ...data.description, ...describeSettings(settings, options) };
    terminal.note(`Training on ${device.description}`);
    for (const [name, value] of Object.entries(config)) terminal.note(`  ${name.padEnd(20)}${value}`);
    for (const line of adviceOn(options, settings, data)) terminal.note(line);
    const context = {
      device,
      data,
      settings,
      options,
      plan: planned,
      start,
      config,
      terminal,
      folder: folder.path,
      stop,
      resume,
      compared,
    };
    if (options.force && folder.path !== resume?.folder) await folder.clear();
    await train(context);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    terminal.note('Stopped before the first step; nothing was written.');
    process.exitCode = stop.exitCode;
  } finally {
    terminal.clear();
    stop.release();
    device?.destroy();
    await folder?.close();
  }
}

async function train(context: Context): Promise<void> {
  const { settings, terminal, folder } = context;
  const { model } = context.plan;
  const started = performance.now();
  if (context.start) {
    for (const line of transferWeights(model, context.start.state).toString().split('\n'))
      terminal.note(`  ${line}`);
  }
  const log = new TrainingLog(terminal, settings, context.resume?.history);
  const { stopped, failure } = await learn(model, log, context);
  const kept = log.close();
  if (!kept) {
    // aborted before the first step: a checkpoint of the initial weights would only block the folder
    if (!context.resume) await new CheckpointFolder(folder).remove();
    throw context.stop.signal.reason;
  }

  // weights first, since a second Ctrl-C may interrupt the rest
  const weights = join(folder, 'weights.safetensors');
  const about = aboutWeights(kept.epoch, context);
  await replaceFile(weights, encodeWeights(model, await model.stateDict(), { about }));
  const measured = await measure(model, log, kept, stopped, context);
  const seconds = (performance.now() - started) / 1000;
  const run = { ...context, model, log, kept, measured, stopped, seconds, weights };
  const report = await writeReport(run);
  if (stopped !== 'canceled' && !failure) await new CheckpointFolder(folder).remove(); // nothing is left to do
  showResult(run, report);
  if (stopped === 'canceled') {
    terminal.note(`To resume:  npx feathergrad train --resume ${shortPath(folder)}`);
    process.exitCode = context.stop.exitCode;
  }
  if (failure) {
    failure.message += ` The best weights so far, of epoch ${kept.epoch}, are in ${weights}.`;
    throw failure;
  }
}

/** Runs `fit`. Throws NonFiniteError only if no epoch's weights were kept. */
async function learn(
  model: ImageClassifier,
  log: TrainingLog,
  context: Context,
): Promise<{ stopped: FitResult['stopped']; failure: NonFiniteError | DivergedError | null }> {
  const { terminal, stop, resume } = context;
  const options: FitOptions = {
    ...context.plan.options,
    signal: stop.signal,
    ...(resume && { resume: resume.state }),
    onCheckpoint: keepCheckpoints(model, log, context),
    onProgress: ({ done, total }) =>
      terminal.progress('compiling the kernels', done, total, `${done} of ${total}`),
  };
  const { bytes, largest, limit } = estimateMemory(model, options);
  terminal.note(
    `  ${'GPU memory'.padEnd(20)}${mebibytes(bytes)}; largest tensor ${mebibytes(largest.bytes)}, device limit ${mebibytes(limit)}`,
  );
  if (resume && (context.options.tune || context.options.tuneSeconds !== undefined)) {
    terminal.note('--tune: a resumed run uses the tuning table of its checkpoint; nothing is measured.');
  } else {
    await withTuning(context.options, terminal, (more) =>
      tuneTraining(model, options, { ...more, signal: stop.signal }),
    );
  }
  const events = fit(model, options);
  try {
    let next = await events.next();
    terminal.clear();
    for (; !next.done; next = await events.next()) log.add(next.value);
    return { stopped: next.value.stopped, failure: null };
  } catch (error) {
    const isBroken = error instanceof NonFiniteError || error instanceof DivergedError;
    if (isBroken && log.best?.validAccuracy != null) return { stopped: null, failure: error };
    throw error;
  }
}

/** Evaluates the kept weights on the validation images, or on the training images if there are none. */
async function measure(
  model: ImageClassifier,
  log: TrainingLog,
  kept: ReportEpoch,
  stopped: FitResult['stopped'],
  { data, settings: { batch, side, mirror }, terminal }: Context,
): Promise<Measured | null> {
  if (data.valid && log.evaluation) {
    return { evaluation: log.evaluation, of: 'validation', source: data.valid };
  }
  if (!data.valid && stopped === 'canceled') return null; // a user who cancels does not want to wait
  const source = data.valid ?? data.train;
  terminal.progress('measuring', 0, 1, `${source.length} images`);
  const evaluation = await evaluate(model, source, { batch, side, mirror });
  terminal.clear();
  if (!data.valid) return { evaluation, of: 'training', source };
  kept.validAccuracy = evaluation.accuracy;
  kept.validLoss = evaluation.loss;
  return { evaluation, of: 'validation', source };
}

/** Returns notes on settings that are valid but probably not intended. */
function adviceOn(options: TrainOptions, { train: part }: SettledRecipe, { train }: TrainingData): string[] {
  const notes: string[] = [];
  if (part !== 'all' && options.init === undefined) {
    notes.push(
      `warning: --train ${part} without --init freezes layers with random weights. Add --init, such as --init pretrained.`,
    );
  }
  if (options.initColor === 'gray' && train.color !== 'gray') {
    notes.push('The initial weights were trained on gray images, so color images are reduced to their luma.');
  }
  return notes;
}

/** Compares the parts of a data set. Drawn faces are new in each epoch, so there is nothing to compare. */
function compareData({ train, valid, layout }: TrainingData): ComparedParts {
  if (!valid || layout === null) return { duplicates: null, lines: [], warnings: [] };
  return compareParts(train, valid, 'validation');
}

function nameSkipped(terminal: Terminal, skipped: readonly SkippedPicture[]): void {
  if (skipped.length === 0) return;
  terminal.note(`${skipped.length} ${skipped.length === 1 ? 'image was' : 'images were'} skipped:`);
  for (const { name, reason } of skipped.slice(0, MOST_NAMED)) terminal.note(`  ${name}: ${reason}`);
  if (skipped.length > MOST_NAMED) {
    terminal.note(`  and ${skipped.length - MOST_NAMED} more; --json lists all`);
  }
}
