// Curves by epoch as static SVG, drawn once for a wide and once for a narrow layout.

import { axisX, axisY, dot, gridY, lineY, plot, ruleX, ruleY, text } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { percent } from '../../text/format.ts';
import { escapeHtml } from './page.ts';

export interface Line {
  /** name in the legend; empty for none */
  name: string;
  style: 'accent' | 'quiet' | 'dashed';
  /** one value per epoch; null if it was not measured */
  y: (number | null)[];
}

export interface Chart {
  title: string;
  /** the epochs */
  x: number[];
  lines: Line[];
  /**
   * scale of the y axis: `percent` for shares of 1, `zero` starting at zero, `rate` logarithmic if values change by
   * factors
   */
  scale: 'percent' | 'zero' | 'rate';
  /** epoch of the kept weights */
  mark: number;
}

interface Point {
  x: number;
  y: number;
  name: string;
}

// Text keeps its size if each layout has a drawing of about its width.
const SIZES = [
  { className: 'wide', width: 500, height: 250 },
  { className: 'narrow', width: 340, height: 210 },
];

/** Formats a figure with title, legend and curves; a line that is zero or unknown throughout is omitted. */
export function chart(input: Chart): string {
  const lines = input.lines.filter(({ y }) => y.some((value) => isNumber(value) && value !== 0));
  const legend = lines
    .filter(({ name }) => name)
    .map(({ name, style }) => `<span class="key ${style}">${escapeHtml(name)}</span>`)
    .join(' ');
  const drawings = SIZES.map(
    ({ className, width, height }) =>
      `<div class="${className}">${draw({ ...input, lines }, width, height)}</div>`,
  );
  return `<figure>
<figcaption><b>${escapeHtml(input.title)}</b> ${legend}</figcaption>
${drawings.join('\n')}
</figure>`;
}

function draw({ title, x, lines, scale, mark }: Chart, width: number, height: number): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const series = lines.map((line) => ({ ...line, points: pointsOf(x, line) }));
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  const y = yScale(scale, values);
  const last = Math.max(...x);
  const ink = { fill: 'var(--muted)', fontSize: 12 };
  const svg = plot({
    document,
    width,
    height,
    marginLeft: 46,
    marginRight: 16,
    marginTop: 22,
    marginBottom: 34,
    ariaLabel: `${title} by epoch`,
    x: { domain: x.length > 1 ? [Math.min(...x), last] : [0, 2 * last] },
    y: { type: y.type, domain: y.domain, clamp: true },
    marks: [
      gridY(y.ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
      axisY(y.ticks, { ...ink, label: null, tickSize: 0, tickPadding: 8, tickFormat: y.format }),
      axisX(epochTicks(x, width < 400 ? 6 : 9), {
        ...ink,
        label: 'epoch',
        labelArrow: 'none',
        labelAnchor: 'right',
        tickSize: 0,
        tickPadding: 8,
        tickFormat: String,
      }),
      y.type === 'linear' && y.domain[0] === 0 ? ruleY([0], { stroke: 'var(--line-strong)' }) : null,
      x.includes(mark) && x.length > 1
        ? [
            ruleX([mark], { stroke: 'var(--muted)', strokeDasharray: '2 3' }),
            text([mark], {
              x: (epoch: number) => epoch,
              frameAnchor: 'top',
              text: () => 'kept',
              textAnchor: textAnchor(mark, x),
              dy: -16,
              ...ink,
            }),
          ]
        : null,
      ...series.map(({ points, style }) =>
        lineY(points, {
          x: 'x',
          y: 'y',
          curve: scale === 'rate' ? 'step-after' : 'linear',
          stroke: style === 'accent' ? 'var(--accent)' : 'var(--muted)',
          strokeWidth: style === 'accent' ? 2.25 : 1.5,
          strokeDasharray: style === 'dashed' ? '5 4' : undefined,
        }),
      ),
      ...series.map(({ points, style }) =>
        dot(points, {
          x: 'x',
          y: 'y',
          r: points.length === 1 ? 5 : points.length <= 30 ? 2.25 : 0.75,
          fill: style === 'accent' ? 'var(--accent)' : 'var(--muted)',
          // A wide invisible border, so that the pointer need not hit the dot itself.
          stroke: 'transparent',
          strokeWidth: 10,
          title: (point: Point) =>
            `epoch ${point.x}: ${point.name || title.toLowerCase()} ${y.exact(point.y)}`,
        }),
      ),
    ],
  });
  svg.setAttribute('role', 'img');
  return svg.outerHTML;
}

function pointsOf(x: readonly number[], { y, name }: Line): Point[] {
  return x.flatMap((epoch, i) => {
    const value = y[i];
    return isNumber(value) ? [{ x: epoch, y: value, name }] : [];
  });
}

interface YScale {
  type: 'linear' | 'log';
  domain: [number, number];
  ticks: number[];
  /** at the axis */
  format: (value: number) => string;
  /** at a point */
  exact: (value: number) => string;
}

function yScale(scale: Chart['scale'], values: readonly number[]): YScale {
  const least = Math.min(...values, Number.POSITIVE_INFINITY);
  const most = Math.max(...values, 0) || 1;
  if (scale === 'percent') {
    const from = Math.min(0.8, Math.floor(10 * (Number.isFinite(least) ? least : 0)) / 10);
    const step = from >= 0.8 ? 0.05 : from >= 0.5 ? 0.1 : 0.2;
    const ticks: number[] = [];
    for (let tick = 1; tick >= from - 1e-9; tick -= step) ticks.unshift(tick);
    return {
      type: 'linear',
      domain: [from, 1],
      ticks,
      format: (value) => percent(value, 0),
      exact: (value) => percent(value),
    };
  }
  const format = (value: number) => String(Number(value.toPrecision(3)));
  const exact = (value: number) => String(Number(value.toPrecision(4)));
  if (scale === 'rate' && least > 0 && goesByFactors(values)) {
    const low = Math.floor(Math.log10(least) + 1e-9);
    const high = Math.ceil(Math.log10(most) - 1e-9);
    const every = Math.ceil((high - low) / 5);
    const ticks: number[] = [];
    for (let power = high; power >= low; power -= every) ticks.unshift(10 ** power);
    const power = (value: number) => value.toExponential(0).replace('+', '');
    return { type: 'log', domain: [10 ** low, 10 ** high], ticks, format: power, exact };
  }
  const shown = scale === 'zero' ? usualMost(values, most) : most;
  const step = niceStep(shown / 4);
  const top = Math.ceil(shown / step - 1e-9);
  const ticks = Array.from({ length: top + 1 }, (_, i) => i * step);
  return { type: 'linear', domain: [0, top * step], ticks, format, exact };
}

/** Returns the largest value, but at most three times the 80th percentile: a spike would flatten the other values. */
function usualMost(values: readonly number[], most: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const usual = sorted[Math.floor(0.8 * sorted.length)] ?? most;
  return usual > 0 ? Math.min(most, 3 * usual) : most;
}

/**
 * Returns whether every change is at least threefold, as in a step schedule. A smooth decay is easier to read on a
 * linear scale.
 */
function goesByFactors(values: readonly number[]): boolean {
  const ratios = values.slice(1).map((value, i) => Math.max(value / values[i]!, values[i]! / value));
  const changes = ratios.filter((ratio) => ratio > 1);
  return changes.length > 0 && changes.every((ratio) => ratio >= 3);
}

/** Returns the smallest of ..., 0.2, 0.5, 1, 2, 5, 10, 20, ... that is not smaller than the value. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least * 0.999) ?? 10);
}

function epochTicks(x: readonly number[], most: number): number[] {
  const first = Math.min(...x);
  const last = Math.max(...x);
  const step = Math.max(1, niceStep((last - first + 1) / most));
  if (step === 1) return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const ticks = [first];
  for (let tick = step; tick <= last; tick += step) if (tick > first + step / 3) ticks.push(tick);
  return ticks;
}

/** Keeps the label inside the drawing at its edges. */
function textAnchor(mark: number, x: readonly number[]): 'start' | 'middle' | 'end' {
  const share = (mark - Math.min(...x)) / (Math.max(...x) - Math.min(...x));
  return share < 0.05 ? 'start' : share > 0.95 ? 'end' : 'middle';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
