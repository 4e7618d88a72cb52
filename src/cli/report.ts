import { ConfusionMatrix } from '../train/confusion-matrix.ts';
import { type Chart, chart } from './report-charts.ts';
import { classScores, confusionTable, escapeHtml, faceStrip, runDetails } from './report-sections.ts';
import { REPORT_STYLE } from './report-style.ts';

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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(input.title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
${sections.filter(Boolean).join('\n')}
</main>
<footer>Made by feathergrad. The page stands alone: keep it beside the weights.</footer>
</body>
</html>
`;
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

function section(title: string, body: string): string {
  return `<section>\n<h2>${title}</h2>\n${body}\n</section>`;
}

function headline(input: TrainingReport, matrix: ConfusionMatrix): string {
  const best = input.epochs.find(({ epoch }) => epoch === input.bestEpoch) ?? input.epochs.at(-1)!;
  const measured = matrix.total > 0;
  const accuracy = measured ? matrix.accuracy : best.trainAccuracy;
  const over = measured
    ? `of ${whole(matrix.total)} ${input.confusionOf ?? 'validation'} pictures recognised`
    : 'of the training pictures recognised; there were none to validate on';
  const facts: [string, string, string][] = [
    [duration(input.seconds), 'from start to end', ''],
    [whole(input.picturesPerSecond), 'pictures a second', ''],
    [`${best.epoch} <small>of ${input.epochs.length}</small>`, 'epoch that was kept', ''],
    [whole(input.parameters), 'parameters', ''],
    [short(input.macs), 'multiply-adds a picture', `${whole(input.macs)} multiply-accumulates`],
  ];
  if (measured) facts.splice(0, 0, [percent(matrix.macroF1), 'mean F1 of the classes', '']);
  return `<header>
<p class="title">${escapeHtml(input.title)}</p>
<h1><strong>${percent(accuracy)}</strong> <span>${over}</span></h1>
<dl class="facts">
${facts
  .map(([value, name, hint]) => `<div${hint && ` title="${hint}"`}><dt>${name}</dt><dd>${value}</dd></div>`)
  .join('\n')}
</dl>
<p class="adapter">Trained on ${escapeHtml(input.adapter)}</p>
</header>`;
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

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}<small>%</small>`;
}

function whole(value: number): string {
  const digits = Math.abs(value) < 10 ? 1 : 0;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function short(value: number): string {
  return value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
}

function duration(seconds: number): string {
  const unit = (value: number, name: string) => `${value} <small>${name}</small>`;
  if (seconds < 60) return unit(Number(seconds.toFixed(seconds < 10 ? 1 : 0)), 's');
  const minutes = Math.round(seconds / 60);
  if (seconds < 3600)
    return `${unit(Math.floor(seconds / 60), 'min')} ${unit(Math.floor(seconds % 60), 's')}`;
  return `${unit(Math.floor(minutes / 60), 'h')} ${unit(minutes % 60, 'min')}`;
}
