import { resolve } from 'node:path';
import { describeModel } from '../../models/describe-model.ts';
import { compact, megabytes, number, percent, speed } from '../../text/format.ts';
import { reliabilityDiagram } from '../report/calibration.ts';
import { escapeHtml, type Fact, reportHead, reportPage, section, withSmallUnits } from '../report/page.ts';
import { classScores, confusionTable, faceStrip, runDetails, warningList } from '../report/sections.ts';
import { commandLine } from '../shared/options.ts';
import { outputPath, writeOutput } from '../shared/write-file.ts';
import { type AttendedFace, evaluatedFaces } from './faces.ts';
import { BINS, type FinishedEvaluation, figuresOf } from './result.ts';

/** Adjective for a part's images. */
const KINDS = { train: 'training ', valid: 'validation ', test: 'test ', all: '' } as const;

/** Writes the HTML page of an evaluation and returns its path. */
export async function writeEvaluationReport(done: FinishedEvaluation, file: string): Promise<string> {
  const { device, model, source, evaluation } = done;
  const faces = await evaluatedFaces(device, model, source, evaluation);
  const path = resolve(await outputPath(file, true, '--report'));
  const html = evaluationReport(done, faces, commandLine(process.argv.slice(2)));
  await writeOutput(path, new TextEncoder().encode(html));
  return path;
}

/** Formats an evaluation as one HTML page that needs no network and no script. */
function evaluationReport(
  done: FinishedEvaluation,
  { attended, mistakes }: Awaited<ReturnType<typeof evaluatedFaces>>,
  command: string,
): string {
  const { model, evaluation, part, device, weights, side, mirror, skipped, leftOut } = done;
  const figures = figuresOf(done);
  const [low, high] = figures.interval;
  const { confusion } = evaluation;
  const facts: Fact[] = [
    [`${percent(low).replace(' %', '')} – ${withSmallUnits(percent(high))}`, '95 % interval', 'Wilson'],
    [withSmallUnits(percent(figures.macroF1)), 'macro F1', ''],
    [figures.ece.toFixed(3), 'calibration error', `ECE, ${BINS} bins`],
    [number(figures.parameters), 'parameters', ''],
    [compact(figures.macs), 'multiply-adds per image', `${number(figures.macs)} multiply-accumulates`],
    [withSmallUnits(megabytes(weights.bytes)), `weights (${weights.numbers})`, ''],
    [speed(figures.imagesPerSecond), 'images per second', ''],
  ];
  const hasOverlay = mistakes.some(({ overlay }) => overlay !== undefined);
  const errors = `The wrong predictions with the highest probability${hasOverlay ? '; below each face, the mean of its attention maps' : ''}.`;
  const isMapped = attended.some(({ maps }) => maps.length > 0);
  const left = Object.entries(leftOut).map(([name, count]) => `${number(count)} of ${name}`);
  const config = {
    images: done.pictures,
    network: describeModel(model),
    input: `${side} x ${side} pixels${mirror ? ', mean with the mirror image' : ''}`,
    weights: weights.path,
    activations: model.activations,
    'cross-entropy': figures.crossEntropy.toFixed(4),
    ...(skipped.length > 0 && { 'images that could not be decoded': skipped.length }),
    ...(left.length > 0 && { 'of unknown classes': left.join(', ') }),
  };
  return reportPage(`Evaluation: ${part.where}`, [
    reportHead({
      title: part.where,
      figure: withSmallUnits(percent(figures.accuracy)),
      of: `of ${number(figures.count)} ${KINDS[part.name]}images recognized`,
      facts,
      note: `Evaluated on ${device.description}`,
    }),
    warningList(done.compared.lines),
    section('Confusion matrix', confusionTable(confusion, model.classNames)),
    section('Scores per class', classScores(confusion, model.classNames)),
    section('Calibration', reliabilityDiagram(figures.calibration)),
    mistakes.length > 0 ? section('Most confident mistakes', faceStrip(errors, mistakes)) : '',
    isMapped ? section('Attention maps', attentionTable(attended)) : '',
    section('This evaluation', runDetails(config, command)),
  ]);
}

/** A table with one row per face and one column per layer. */
function attentionTable(faces: readonly AttendedFace[]): string {
  const layers = faces[0]!.maps.map(({ layer }) => layer);
  const head = layers.map(
    (layer) =>
      `<th scope="col"><abbr title="${escapeHtml(layer)}">block ${/\d+/.exec(layer)?.[0] ?? ''}</abbr></th>`,
  );
  const rows = faces.map(({ image, truth, predicted, maps }) => {
    const said = predicted === truth ? '' : `<small>predicted ${escapeHtml(predicted)}</small>`;
    const cells = [image, ...maps.map((map) => map.image)].map(
      (source) => `<td><img src="${escapeHtml(source)}" alt=""></td>`,
    );
    return `<tr><th scope="row">${escapeHtml(truth)}${said}</th>${cells.join('')}</tr>`;
  });
  return `<p class="lead">The gates of each coordinate attention layer over the first face of each class: the product of row gate and column gate, averaged over the channels. Each map is scaled from its lowest (blue) to its highest value (yellow).</p>
<div class="scroll"><table class="maps">
<thead><tr><td></td><th scope="col">face</th>${head.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}
