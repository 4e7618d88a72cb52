// `node scripts/draw-ledger.mjs [--check]`: draws the charts of docs/ledger.json, the record of the trainings and
// measurements behind the shipped weights. With --check, fails if a chart is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { root } from './run.mjs';

const INK = '#111827';
const BACKGROUND = '#ffffff';
const GRID = '#e5e7eb';
const BLUE = '#2563eb';
const GRAY = '#94a3b8';

/**
 * @typedef {object} Stage
 * @property {number} stage
 * @property {number} pixels
 * @property {boolean} mirror whether the mirror image was used
 * @property {number[]} accuracy in per cent, after each epoch
 * @property {string} images the validation images
 *
 * @typedef {object} Side
 * @property {number} side
 * @property {[number, number]} accuracy in per cent, without and with the mirror image
 * @property {[number, number]} cpuMs CPU time of one image, without and with the mirror image
 *
 * @typedef {{ stages: Stage[], sides: { rows: Side[] } }} Ledger
 */

/**
 * @param {Ledger} ledger
 * @returns {Map<string, string>} the charts by path from the project's root
 */
export function drawLedger({ stages, sides }) {
  return new Map([
    ['docs/images/learning-curves.svg', learningCurves(stages)],
    ['docs/images/accuracy-against-time.svg', accuracyAgainstTime(sides.rows)],
  ]);
}

const axis = (/** @type {string} */ label) => ({
  label,
  labelAnchor: /** @type {const} */ ('center'),
  labelArrow: /** @type {const} */ ('none'),
  fontSize: 11,
  tickSize: 0,
});

/** @param {Stage[]} stages */
function learningCurves(stages) {
  const ends = stages.map(
    ({ accuracy }, i) =>
      stages.slice(0, i + 1).reduce((sum, stage) => sum + stage.accuracy.length, 0) - accuracy.length,
  );
  const points = stages.flatMap(({ stage, accuracy, images }, i) =>
    accuracy.map((value, k) => ({
      stage,
      epoch: (ends[i] ?? 0) + k + 1,
      value,
      isPart: images !== 'validation part',
    })),
  );
  const labels = stages.map(({ stage, pixels, accuracy }, i) => ({
    epoch: (ends[i] ?? 0) + (accuracy.length + 1) / 2,
    // short stages have no space for pixels, which they share with the stage before
    text: pixels === stages[i - 1]?.pixels ? `${stage}` : `${stage}\n${pixels} px`,
  }));
  return draw('Validation accuracy after each epoch, by stage', {
    width: 760,
    height: 340,
    marginTop: 78,
    marginLeft: 52,
    marginBottom: 44,
    x: { domain: [0.5, points.length + 0.5] },
    y: { domain: yDomain(points.map(({ value }) => value)) },
    marks: [
      Plot.gridY({ stroke: GRID, strokeOpacity: 1 }),
      Plot.axisX(axis('epoch of all stages together')),
      Plot.axisY(axis('accuracy, %')),
      Plot.ruleX(ends.slice(1), { x: (at) => at + 0.5, stroke: GRAY, strokeDasharray: '3,3' }),
      Plot.text(labels, {
        x: 'epoch',
        text: 'text',
        frameAnchor: 'top',
        dy: -32,
        fontSize: 11,
        lineAnchor: 'top',
      }),
      Plot.line(points, { x: 'epoch', y: 'value', z: 'stage', stroke: BLUE, strokeWidth: 1.5 }),
      Plot.dot(points, {
        x: 'epoch',
        y: 'value',
        r: 3,
        stroke: BLUE,
        fill: (p) => (p.isPart ? BACKGROUND : BLUE),
      }),
    ],
  });
}

/** @param {Side[]} rows */
function accuracyAgainstTime(rows) {
  const points = rows.flatMap(({ side, accuracy, cpuMs }) =>
    [0, 1].map((at) => ({ side, mirror: at === 1, accuracy: accuracy[at], ms: cpuMs[at] })),
  );
  const kinds = [false, true].map((mirror) => points.filter((point) => point.mirror === mirror));
  return draw('Accuracy against CPU time per image, by input side', {
    width: 760,
    height: 340,
    marginTop: 48,
    marginLeft: 52,
    marginRight: 130,
    marginBottom: 44,
    x: { domain: [0, Math.max(...points.map(({ ms }) => ms ?? 0)) * 1.05] },
    y: { domain: yDomain(points.map(({ accuracy }) => accuracy ?? 0)) },
    marks: [
      Plot.gridX({ stroke: GRID, strokeOpacity: 1 }),
      Plot.gridY({ stroke: GRID, strokeOpacity: 1 }),
      Plot.axisX(axis('CPU time of one image, ms')),
      Plot.axisY(axis('accuracy, %')),
      ...kinds.flatMap((kind, i) => [
        Plot.line(kind, { x: 'ms', y: 'accuracy', stroke: i === 0 ? GRAY : BLUE, strokeWidth: 1.5 }),
        Plot.dot(kind, {
          x: 'ms',
          y: 'accuracy',
          r: 3.5,
          stroke: i === 0 ? GRAY : BLUE,
          fill: i === 0 ? BACKGROUND : BLUE,
        }),
        Plot.text(kind, {
          x: 'ms',
          y: 'accuracy',
          text: (p) => `${p.side}`,
          dy: i === 0 ? 13 : -12,
          fontSize: 11,
        }),
        Plot.text(kind.slice(-1), {
          x: 'ms',
          y: 'accuracy',
          text: [i === 0 ? 'without mirror image' : 'with mirror image'],
          dx: 10,
          textAnchor: 'start',
          fontSize: 11,
        }),
      ]),
    ],
  });
}

/**
 * Returns the range of an axis, with room for labels.
 * @param {number[]} values in per cent
 */
function yDomain(values) {
  return [Math.floor(Math.min(...values) / 5) * 5 - 1, Math.ceil(Math.max(...values)) + 1];
}

/**
 * Draws a chart with a white background, so that it can be read in light and dark documents.
 * @param {string} title above the chart and for screen readers
 * @param {Plot.PlotOptions} options
 */
function draw(title, options) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ ...options, document, ariaLabel: title });
  const add = (/** @type {string} */ name, /** @type {Record<string, string | number>} */ attributes) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  };
  const heading = add('text', {
    x: 10,
    y: 22,
    'font-size': 14,
    'font-weight': 'bold',
    'text-anchor': 'start',
    fill: INK,
  });
  heading.textContent = title;
  svg.prepend(add('rect', { width: '100%', height: '100%', fill: BACKGROUND }), heading);
  for (const [key, value] of Object.entries({
    xmlns: 'http://www.w3.org/2000/svg',
    role: 'img',
    color: INK,
    'font-family': 'system-ui, sans-serif',
  })) {
    svg.setAttribute(key, value);
  }
  return `${svg.outerHTML.replace('height: intrinsic;', '')}\n`; // Plot sets the height twice, for old browsers
}

/** @returns {Promise<Ledger>} */
export async function readLedger() {
  return JSON.parse(await readFile(join(root, 'docs/ledger.json'), 'utf8'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [path, svg] of drawLedger(await readLedger())) {
    const file = join(root, path);
    const isCurrent = (await readFile(file, 'utf8').catch(() => '')) === svg;
    if (isCurrent) continue;
    if (process.argv.includes('--check')) {
      console.error(`${path} is out of date. Run node scripts/draw-ledger.mjs.`);
      process.exitCode = 1;
    } else {
      await writeFile(file, svg);
      console.log(`wrote ${path}`);
    }
  }
}
