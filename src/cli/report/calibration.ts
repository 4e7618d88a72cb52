import { axisX, axisY, gridY, lineY, plot, rectY, ruleY } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { percent } from '../../text/format.ts';
import type { CalibrationBin } from '../../train/calibration.ts';

/** Draws accuracy over confidence as bars, with the line of perfect calibration, as static SVG in a figure. */
export function reliabilityDiagram(bins: readonly CalibrationBin[]): string {
  const filled = bins.filter(({ count }) => count > 0);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const ink = { fill: 'var(--muted)', fontSize: 12 };
  const ends = [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ];
  const svg = plot({
    document,
    width: 500,
    height: 320,
    marginLeft: 46,
    marginRight: 16,
    marginTop: 14,
    marginBottom: 40,
    ariaLabel: 'accuracy by confidence',
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      gridY([0.25, 0.5, 0.75, 1], { stroke: 'var(--line)', strokeOpacity: 1 }),
      axisY([0, 0.25, 0.5, 0.75, 1], {
        ...ink,
        label: null,
        tickSize: 0,
        tickPadding: 8,
        tickFormat: (share: number) => percent(share, 0),
      }),
      axisX([0, 0.25, 0.5, 0.75, 1], {
        ...ink,
        label: 'confidence',
        labelArrow: 'none',
        tickSize: 0,
        tickPadding: 8,
        tickFormat: (share: number) => percent(share, 0),
      }),
      rectY(filled, {
        x1: 'from',
        x2: 'to',
        y: 'accuracy',
        fill: 'var(--accent)',
        fillOpacity: 0.8,
        inset: 1,
        title: ({ from, to, count, accuracy, confidence }: CalibrationBin) =>
          `${percent(from, 0)} to ${percent(to, 0)}: ${count} images, confidence ${percent(confidence)}, accuracy ${percent(accuracy)}`,
      }),
      lineY(ends, { x: 'x', y: 'y', stroke: 'var(--muted)', strokeDasharray: '5 4' }),
      ruleY([0], { stroke: 'var(--line-strong)' }),
    ],
  });
  svg.setAttribute('role', 'img');
  return `<p class="lead">On the dashed line the probabilities are calibrated; bars below it show overconfidence.</p>
<figure class="single">
<figcaption><b>Accuracy by confidence</b></figcaption>
${svg.outerHTML}
</figure>`;
}
