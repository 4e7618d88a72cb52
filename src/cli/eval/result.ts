import type { SkippedPicture } from '../../data/picture.ts';
import type { Device } from '../../gpu/device.ts';
import { describeModel } from '../../models/describe-model.ts';
import type { ImageClassifier } from '../../models/image-classifier.ts';
import type { DataPart, DataSet, LoadedPart } from '../../node/data-set.ts';
import { megabytes, number, percent, speed } from '../../text/format.ts';
import { calibration } from '../../train/calibration.ts';
import type { Evaluation } from '../../train/evaluate.ts';
import { applyTemperature, fitTemperature } from '../../train/temperature.ts';
import { wilsonInterval } from '../../train/wilson-interval.ts';
import type { ComparedParts } from '../shared/compare-parts.ts';
import { shortPath } from '../shared/short-path.ts';
import type { Terminal } from '../shared/terminal.ts';

/** Skipped images that the terminal lists; `--json` lists all. */
const MOST_NAMED = 20;

/** Bins of the expected calibration error, as in Guo et al. 2017. */
export const BINS = 15;

/** The measurements, and the images and weights they belong to. */
export interface FinishedEvaluation {
  device: Device;
  model: ImageClassifier;
  weights: { path: string; bytes: number; numbers: string };
  set: DataSet;
  part: DataPart;
  source: LoadedPart['source'];
  /** description of the images */
  pictures: string;
  evaluation: Evaluation;
  side: number;
  mirror: boolean;
  /** seconds of evaluation, without reading images and compiling shaders */
  seconds: number;
  skipped: SkippedPicture[];
  /** images of classes that the network does not have, by class */
  leftOut: Record<string, number>;
  /** the evaluated images and the training part of the same set */
  compared: ComparedParts;
}

/** The metrics part of `--json`. */
export function figuresOf({ evaluation, model, side, seconds }: FinishedEvaluation) {
  const { confusion, count, accuracy, loss, probabilities, labels } = evaluation;
  const { classNames } = model;
  const correct = classNames.reduce((sum, _, i) => sum + confusion.count(i, i), 0);
  const { parameters, macs } = model.summary(side);
  const { ece, bins } = calibration(probabilities, labels, classNames.length, BINS);
  const temperature = fitTemperature(probabilities, labels, classNames.length);
  const scaled = applyTemperature(probabilities, classNames.length, temperature);
  return {
    accuracy,
    macroF1: confusion.macroF1,
    count,
    correct,
    interval: wilsonInterval(correct, count),
    crossEntropy: loss,
    ece,
    calibration: bins,
    temperature,
    eceWithTemperature: calibration(scaled, labels, classNames.length, BINS).ece,
    classNames,
    perClass: confusion.perClass.map((score, i) => ({ name: classNames[i]!, ...score })),
    confusion: confusion.toJSON(),
    parameters,
    macs,
    seconds,
    imagesPerSecond: count / seconds,
  };
}

/** Prints the metrics as text, or as the object of `--json`. */
export function showEvaluation(done: FinishedEvaluation, report: string | null, terminal: Terminal): void {
  const { model, weights, part, set, mirror, side, skipped, leftOut, device } = done;
  const figures = figuresOf(done);
  const [low, high] = figures.interval;
  const note = notesOf(done);
  for (const line of note) terminal.note(line);
  terminal.say(done.pictures);
  terminal.say();
  const rows: [string, string][] = [
    [
      'accuracy',
      `${percent(figures.accuracy)} (${number(figures.correct)} of ${number(figures.count)}; 95 % interval ${percent(low)} to ${percent(high)})`,
    ],
    ['macro F1', figures.macroF1.toFixed(4)],
    [
      'calibration',
      `ECE ${figures.ece.toFixed(4)} (${BINS} bins), cross-entropy ${figures.crossEntropy.toFixed(4)}; at temperature ${figures.temperature.toFixed(2)}, fitted on these images, ECE ${figures.eceWithTemperature.toFixed(4)}`,
    ],
    [
      'network',
      `${model.variant === 'paper' ? 'FER-MobileNetV3' : describeModel(model)}, ${model.classNames.length} classes`,
    ],
    ['parameters', number(figures.parameters)],
    ['multiply-adds', `${number(figures.macs)} per image of ${side} x ${side}`],
    ['weights', `${shortPath(weights.path)}, ${megabytes(weights.bytes)} (${weights.numbers})`],
    [
      'speed',
      `${speed(figures.imagesPerSecond)} images per second${mirror ? ' with their mirror images' : ''}, activations in ${model.activations}, on ${device.description}`,
    ],
  ];
  if (report) rows.push(['report', shortPath(report)]);
  for (const [name, value] of rows) terminal.say(`${name.padEnd(15)}${value}`);
  terminal.say();
  terminal.say(scoresAsText(figures.perClass));
  terminal.say();
  terminal.say(done.evaluation.confusion.toText(model.classNames));
  terminal.say();
  terminal.say('Rows are true classes, columns predictions.');
  terminal.result({
    ...figures,
    side,
    mirror,
    activations: model.activations,
    model: model.model,
    variant: model.variant,
    layout: set.layout,
    part: part.name,
    data: done.pictures,
    weights: weights.path,
    bytes: weights.bytes,
    numbers: weights.numbers,
    adapter: device.description,
    skipped,
    leftOut,
    duplicates: done.compared.duplicates,
    warnings: done.compared.lines,
    report,
  });
}

/** Notes on images that the metrics leave out. */
function notesOf({ skipped, leftOut, model, compared }: FinishedEvaluation): string[] {
  const notes = compared.lines.map((line) => (compared.warnings.includes(line) ? `warning: ${line}` : line));
  const left = Object.entries(leftOut).map(
    ([name, count]) =>
      `${number(count)} images of ${name} were skipped: the network's classes are ${model.classNames.join(', ')}`,
  );
  notes.push(...left);
  if (skipped.length > 0) {
    notes.push(`${number(skipped.length)} ${skipped.length === 1 ? 'image was' : 'images were'} skipped:`);
    for (const { name, reason } of skipped.slice(0, MOST_NAMED)) notes.push(`  ${name}: ${reason}`);
    if (skipped.length > MOST_NAMED)
      notes.push(`  and ${number(skipped.length - MOST_NAMED)} more; --json lists all`);
  }
  return notes;
}

function scoresAsText(scores: ReturnType<typeof figuresOf>['perClass']): string {
  const rows = [
    ['', 'precision', 'recall', 'F1', 'images'],
    ...scores.map(({ name, precision, recall, f1, support }) => [
      name,
      percent(precision),
      percent(recall),
      f1.toFixed(3),
      number(support),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n');
}
