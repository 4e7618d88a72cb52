import { ConfusionMatrix } from '../train/confusion-matrix.ts';
import { type Chart, chart } from './report-charts.ts';
import { type Fact, percent, reportHead, reportPage, section, short, whole } from './report-page.ts';
import { classScores, confusionTable, faceStrip, runDetails } from './report-sections.ts';

/** One pass over the training pictures. A number that was not measured is null. */
export interface ReportEpoch {
  /** counts from 1 */
  epoch: number;
  trainLoss: number;
  /** mean cross-entropy on the validation pictures */
  validLoss: number | null;
  crossEntropy: number;
  /** centre loss before its weight; 0 where there is none */
  center: number;
  trainAccuracy: number;
  validAccuracy: number | null;
  learningRate: number;
}

export interface ReportSample {
  /** the picture as a `data:image/...` URL */
  image: string;
  /** the same with something drawn over it, shown below */
  overlay?: string;
  truth: string;
  predicted: string;
  /** probability of the predicted class, 0 to 1 */
  probability: number;
}

/** Everything the page shows, as plain JSON. */
export interface TrainingReport {
  title: string;
  /** the command that repeats the run */
  command: string;
  config: Record<string, string | number | boolean>;
  /** the GPU in words */
  adapter: string;
  /** duration of the whole run */
  seconds: number;
  /** training speed */
  picturesPerSecond: number;
  epochs: ReportEpoch[];
  /** the epoch whose weights were kept, counted from 1 */
  bestEpoch: number;
  classNames: string[];
  /** counts of the kept weights: rows are the truth; all zero where nothing was measured */
  confusion: number[][];
  /** the pictures that were counted; `validation` when left out */
  confusionOf?: 'validation' | 'training';
  /** of those pictures the first of each class, right or wrong */
  samples: ReportSample[];
  /** of those that were taken for something else, the surest */
  mistakes?: ReportSample[];
  parameters: number;
  /** multiply-accumulates for one picture */
  macs: number;
}

/**
 * A training run as one HTML page that needs no network and no script: headline, curves, confusion matrix,
 * scores by class, sample faces, configuration.
 *
 * @throws RangeError when there is no epoch, the matrix does not fit the class names, or a sample's picture
 * is not a data URL
 */
export function trainingReport(input: TrainingReport): string {
  check(input);
  const matrix = ConfusionMatrix.from(input.confusion);
  const measured = matrix.total > 0;
  const { samples, mistakes = [], classNames } = input;
  const facesTitle = input.confusionOf === 'training' ? 'Faces it learned from' : 'Faces it had not seen';
  const faces = 'The first of each class, not chosen by whether the network was right.';
  const errors = 'The errors that the network was surest of.';
  const sections = [
    headline(input, matrix),
    section('Learning', curves(input)),
    measured ? section('Confusion matrix', confusionTable(matrix, classNames)) : '',
    measured ? section('Scores by class', classScores(matrix, classNames)) : '',
    samples.length > 0 ? section(facesTitle, faceStrip(faces, samples)) : '',
    mistakes.length > 0 ? section('Its boldest mistakes', faceStrip(errors, mistakes)) : '',
    section('This run', runDetails(input.config, input.command)),
  ];
  return reportPage(input.title, sections);
}

function check({ epochs, classNames, confusion, samples, mistakes = [] }: TrainingReport): void {
  if (epochs.length === 0)
    throw new RangeError('trainingReport: got no epoch; report after the first has ended');
  if (confusion.length !== classNames.length) {
    throw new RangeError(
      `trainingReport: the confusion matrix has ${confusion.length} rows for ${classNames.length} class names; they must agree`,
    );
  }
  const remote = [...samples, ...mistakes].find(({ image }) => !/^data:image\/[a-z+.-]+[;,]/.test(image));
  if (remote) {
    throw new RangeError(
      `trainingReport: a sample's picture is ${JSON.stringify(remote.image.slice(0, 40))}; the page must need no network, give a data:image/... URL`,
    );
  }
}

function headline(input: TrainingReport, matrix: ConfusionMatrix): string {
  const best = input.epochs.find(({ epoch }) => epoch === input.bestEpoch) ?? input.epochs.at(-1)!;
  const measured = matrix.total > 0;
  const accuracy = measured ? matrix.accuracy : best.trainAccuracy;
  const over = measured
    ? `of ${whole(matrix.total)} ${input.confusionOf ?? 'validation'} pictures recognised`
    : 'of the training pictures recognised; there were none to validate on';
  const facts: Fact[] = [
    [duration(input.seconds), 'from start to end', ''],
    [whole(input.picturesPerSecond), 'pictures a second', ''],
    [`${best.epoch} <small>of ${input.epochs.length}</small>`, 'epoch that was kept', ''],
    [whole(input.parameters), 'parameters', ''],
    [short(input.macs), 'multiply-adds a picture', `${whole(input.macs)} multiply-accumulates`],
  ];
  if (measured) facts.splice(0, 0, [percent(matrix.macroF1), 'mean F1 of the classes', '']);
  return reportHead({
    title: input.title,
    figure: percent(accuracy),
    of: over,
    facts,
    note: `Trained on ${input.adapter}`,
  });
}

function curves({ epochs, bestEpoch }: TrainingReport): string {
  const x = epochs.map(({ epoch }) => epoch);
  const by = (key: keyof ReportEpoch) => epochs.map((epoch) => epoch[key]);
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
    {
      ...common,
      title: 'Training loss by part',
      scale: 'zero',
      lines: [
        { name: 'cross-entropy', style: 'accent', y: by('crossEntropy') },
        { name: 'centre loss (unweighted)', style: 'dashed', y: by('center') },
      ],
    },
    {
      ...common,
      title: 'Learning rate',
      scale: 'rate',
      lines: [{ name: '', style: 'accent', y: by('learningRate') }],
    },
  ];
  return `<div class="charts">\n${charts.map(chart).join('\n')}\n</div>`;
}

function duration(seconds: number): string {
  const unit = (value: number, name: string) => `${value} <small>${name}</small>`;
  if (seconds < 60) return unit(Number(seconds.toFixed(seconds < 10 ? 1 : 0)), 's');
  const minutes = Math.round(seconds / 60);
  if (seconds < 3600)
    return `${unit(Math.floor(seconds / 60), 'min')} ${unit(Math.floor(seconds % 60), 's')}`;
  return `${unit(Math.floor(minutes / 60), 'h')} ${unit(minutes % 60, 'min')}`;
}
