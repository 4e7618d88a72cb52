import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BatchSource } from '../../data/batch-source.ts';
import type { Device } from '../../gpu/device.ts';
import type { ImageClassifier } from '../../models/image-classifier.ts';
import { number, percent } from '../../text/format.ts';
import type { Evaluation } from '../../train/evaluate.ts';
import type { FitResult } from '../../train/fit.ts';
import type { SettledRecipe } from '../../train/recipe-defaults.ts';
import type { ReportEpoch } from '../report/data.ts';
import { sampleFaces } from '../report/sample-faces.ts';
import { trainingReport } from '../report/training-report.ts';
import type { ComparedParts } from '../shared/compare-parts.ts';
import { commandLine } from '../shared/options.ts';
import { shortPath } from '../shared/short-path.ts';
import type { Terminal } from '../shared/terminal.ts';
import { replaceFile } from '../shared/write-file.ts';
import type { TrainingData } from './data.ts';
import type { TrainingLog } from './log.ts';
import type { TrainOptions } from './options.ts';
import type { StopSignal } from './stop-signal.ts';

/** Evaluation of the kept weights, and the images it was measured on. */
export interface Measured {
  evaluation: Evaluation;
  of: 'validation' | 'training';
  source: BatchSource;
}

export interface FinishedRun {
  device: Device;
  data: TrainingData;
  settings: SettledRecipe;
  options: TrainOptions;
  config: Record<string, string | number>;
  terminal: Terminal;
  folder: string;
  model: ImageClassifier;
  log: TrainingLog;
  /** training and validation images */
  compared: ComparedParts;
  /** epoch of the weights in the model */
  kept: ReportEpoch;
  measured: Measured | null;
  stopped: FitResult['stopped'];
  stop: StopSignal;
  seconds: number;
  /** path of the weights file */
  weights: string;
}

/** Writes report.html and returns its path. */
export async function writeReport(run: FinishedRun): Promise<string> {
  const { device, data, settings, folder, model, log, kept, measured } = run;
  const classNames = [...model.classNames];
  const faces = measured
    ? await sampleFaces(device, measured.source, measured.evaluation)
    : { samples: [], mistakes: [] };
  const config = run.stopped ? { ...run.config, ended: inWords(run.stopped, run) } : run.config;
  const html = trainingReport({
    title: run.options.data === undefined ? 'Drawn faces' : data.description.images,
    command: commandLine(process.argv.slice(2)),
    config,
    adapter: device.description,
    seconds: run.seconds,
    imagesPerSecond: log.imagesPerSecond,
    epochs: log.epochs,
    warnings: warningsOf(run),
    bestEpoch: kept.epoch,
    classNames,
    confusion: measured?.evaluation.confusion.toJSON() ?? classNames.map(() => classNames.map(() => 0)),
    confusionOf: measured?.of ?? 'validation',
    ...faces,
    parameters: model.parameterCount(),
    macs: model.summary(settings.side).macs,
  });
  const path = join(folder, 'report.html');
  await replaceFile(path, new TextEncoder().encode(html), `The weights are in ${run.weights}.`);
  return path;
}

/** Prints accuracy, confusion matrix and the paths of the files, or the object of `--json`. */
export function showResult(run: FinishedRun, report: string): void {
  const { terminal, kept, measured, log, settings, weights, stopped } = run;
  if (stopped) terminal.note(`Ended ${inWords(stopped, run)}.`);
  if (measured) {
    const { accuracy, count, confusion } = measured.evaluation;
    terminal.say();
    terminal.say(
      `${percent(accuracy)} of ${number(count)} ${measured.of} images recognized (epoch ${kept.epoch} of ${settings.epochs})`,
    );
    terminal.say();
    terminal.say(confusion.toText(run.model.classNames));
    terminal.say();
    terminal.say('Rows are true classes, columns predictions; recall is the accuracy per class.');
  }
  terminal.say();
  terminal.say(`weights  ${shortPath(weights)}`);
  terminal.say(`report   ${shortPath(report)}`);
  if (terminal.isInteractive) terminal.say(`         open it in a browser: ${pathToFileURL(report).href}`);
  const evaluated = measured?.evaluation;
  terminal.result({
    epochs: log.epochs.length,
    keptEpoch: kept.epoch,
    stopped,
    loss: kept.trainLoss,
    // without validation, accuracy measured after training is more accurate than the mean during training
    trainAccuracy: measured?.of === 'training' ? measured.evaluation.accuracy : kept.trainAccuracy,
    validAccuracy: kept.validAccuracy,
    validLoss: kept.validLoss,
    confusion: evaluated?.confusion ?? null,
    confusionOf: measured?.of ?? null,
    classNames: run.model.classNames,
    steps: log.steps,
    seconds: run.seconds,
    imagesPerSecond: log.imagesPerSecond,
    adapter: run.device.description,
    skipped: run.data.skipped,
    duplicates: run.compared.duplicates,
    warnings: warningsOf(run),
    weights,
    report,
  });
}

/** Warnings about the data, then those of the run in order of its steps. */
function warningsOf({ compared, log }: FinishedRun): string[] {
  return [...compared.lines, ...log.warnings];
}

function inWords(stopped: NonNullable<FitResult['stopped']>, { log, settings, stop }: FinishedRun): string {
  if (stopped === 'early stop')
    return `after epoch ${log.epochs.length}: no improvement for ${settings.earlyStop} epochs`;
  return `by ${stop.cause}, after step ${log.steps} of ${settings.epochs * settings.stepsPerEpoch}`;
}
