import { compact, duration, number, percent, speed } from '../../text/format.ts';
import { ConfusionMatrix } from '../../train/confusion-matrix.ts';
import { type Chart, chart } from './charts.ts';
import type { ReportEpoch, TrainingReport } from './data.ts';
import { type Fact, reportHead, reportPage, section, withSmallUnits } from './page.ts';
import { classScores, confusionTable, faceStrip, runDetails, warningList } from './sections.ts';

/**
 * Formats a training run as one HTML page that needs no network and no script: headline, curves, confusion matrix,
 * scores by class, sample faces, configuration.
 *
 * @throws RangeError when there is no epoch, the confusion matrix does not fit the class names, or a sample's image is
 * not a data URL
 */
export function trainingReport(input: TrainingReport): string {
  check(input);
  const matrix = ConfusionMatrix.from(input.confusion);
  const measured = matrix.total > 0;
  const { samples, mistakes = [], classNames } = input;
  const facesTitle =
    input.confusionOf === 'training' ? 'Training faces' : 'Validation faces (never trained on)';
  const faces = 'The first faces of each class, correct or not.';
  const errors = 'The wrong predictions with the highest probability.';
  const sections = [
    headline(input, matrix),
    warningList(input.warnings),
    section('Training curves', curves(input)),
    measured ? section('Confusion matrix', confusionTable(matrix, classNames)) : '',
    measured ? section('Scores per class', classScores(matrix, classNames)) : '',
    samples.length > 0 ? section(facesTitle, faceStrip(faces, samples)) : '',
    mistakes.length > 0 ? section('Most confident mistakes', faceStrip(errors, mistakes)) : '',
    section('This run', runDetails(input.config, input.command)),
  ];
  return reportPage(input.title, sections);
}

function check({ epochs, classNames, confusion, samples, mistakes = [] }: TrainingReport): void {
  if (epochs.length === 0)
    throw new RangeError(
      'trainingReport: no epochs (got 0, expected at least 1). Call it after the first epoch.',
    );
  if (confusion.length !== classNames.length) {
    throw new RangeError(
      `trainingReport: the confusion matrix does not fit the class names (got ${confusion.length} rows, expected ${classNames.length})`,
    );
  }
  const remote = [...samples, ...mistakes].find(({ image }) => !/^data:image\/[a-z+.-]+[;,]/.test(image));
  if (remote) {
    throw new RangeError(
      `trainingReport: a sample's image is not a data URL (got ${JSON.stringify(remote.image.slice(0, 40))}). Pass a data:image/... URL, since the page works without a network.`,
    );
  }
}

function headline(input: TrainingReport, matrix: ConfusionMatrix): string {
  const best = input.epochs.find(({ epoch }) => epoch === input.bestEpoch) ?? input.epochs.at(-1)!;
  const measured = matrix.total > 0;
  const accuracy = measured ? matrix.accuracy : best.trainAccuracy;
  const over = measured
    ? `of ${number(matrix.total)} ${input.confusionOf ?? 'validation'} images recognized`
    : 'of the training images recognized; none were held out for validation';
  const facts: Fact[] = [
    [withSmallUnits(duration(input.seconds)), 'duration', ''],
    [speed(input.imagesPerSecond), 'images per second', ''],
    [`${best.epoch} <small>of ${input.epochs.length}</small>`, 'epoch kept', ''],
    [number(input.parameters), 'parameters', ''],
    [compact(input.macs), 'multiply-adds per image', `${number(input.macs)} multiply-accumulates`],
  ];
  if (measured) facts.splice(0, 0, [withSmallUnits(percent(matrix.macroF1)), 'macro F1', '']);
  return reportHead({
    title: input.title,
    figure: withSmallUnits(percent(accuracy)),
    of: over,
    facts,
    note: `Trained on ${input.adapter}`,
  });
}

/** Formats the parts of the training loss; empty for a loss with one part. */
function partsChart(epochs: readonly ReportEpoch[], common: Pick<Chart, 'x' | 'mark'>): Chart[] {
  const names = [...new Set(epochs.flatMap(({ parts }) => Object.keys(parts)))];
  const styles = ['accent', 'dashed', 'quiet'] as const;
  const lines = names.map((name, i) => ({
    name: partLabel(name),
    style: styles[i % styles.length] as (typeof styles)[number],
    y: epochs.map(({ parts }) => parts[name] ?? null),
  }));
  return names.length > 1 ? [{ ...common, title: 'Training loss by part', scale: 'zero', lines }] : [];
}

/** Formats a part's name: "crossEntropy" is "cross entropy". */
function partLabel(name: string): string {
  return name.replace(/[a-z](?=[A-Z])/g, '$& ').toLowerCase();
}

function curves({ epochs, bestEpoch }: TrainingReport): string {
  const x = epochs.map(({ epoch }) => epoch);
  const by = (key: Exclude<keyof ReportEpoch, 'parts'>) => epochs.map((epoch) => epoch[key]);
  const common = { x, mark: bestEpoch };
  const validation = { name: 'validation', style: 'accent' } as const;
  const training = { name: 'training', style: 'quiet' } as const;
  const charts: Chart[] = [
    {
      ...common,
      title: 'Accuracy',
      scale: 'percent',
      lines: [
        { ...training, y: by('trainAccuracy') },
        { ...validation, y: by('validAccuracy') },
      ],
    },
    {
      ...common,
      title: 'Loss',
      scale: 'zero',
      lines: [
        { ...training, y: by('trainLoss') },
        { ...validation, name: 'validation, cross-entropy', y: by('validLoss') },
      ],
    },
    ...partsChart(epochs, common),
    {
      ...common,
      title: 'Learning rate',
      scale: 'rate',
      lines: [{ name: '', style: 'accent', y: by('learningRate') }],
    },
  ];
  return `<div class="charts">\n${charts.map(chart).join('\n')}\n</div>`;
}
