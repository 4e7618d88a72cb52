// Charts of results as static SVG with a white background, for documents in light and dark color schemes.
import {
  axisX,
  axisY,
  barX,
  gridX,
  type Markish,
  type PlotOptions,
  plot,
  text,
  tickX,
} from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { ResultRow } from './result-format.ts';
import { short } from './table.ts';

/** One bar of `barChart`: a median with its quartiles. */
export interface Bar {
  group: string;
  name: string;
  median: number;
  q1: number;
  q3: number;
}

export const OWN = '#2563eb';
const OTHER = '#94a3b8';
export const INK = '#111827';
export const GRID = '#e5e7eb';
export const AXIS = { tickSize: 0, labelArrow: 'none', fontSize: 11 } as const;

/** A bar that is this many times as long as the first one of its group is cut off. */
const MOST = 8;

/**
 * Draws groups of bars, each bar relative to the first one of its group, so that groups of different magnitudes share an
 * axis. The label states the median and the ratio. Marks show the quartiles.
 * @param title for screen readers and above the chart
 */
export function barChart(title: string, bars: readonly Bar[]): string {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const heading = (group: string) => `${group}\n`;
  const key = ({ group, name }: Bar) => `${group}\n${name}`;
  const rows = groups.flatMap((group) => [
    heading(group),
    ...bars.filter((bar) => bar.group === group).map(key),
  ]);
  const drawn = bars.map((bar) => {
    const { median: base } = bars.find(({ group }) => group === bar.group) as Bar;
    const ratio = bar.median / base;
    const times = ratio === 1 ? '' : ` (${ratio.toFixed(ratio < 10 ? 2 : 0)} x)`;
    return {
      y: key(bar),
      isFirst: bars.find(({ group }) => group === bar.group) === bar,
      x: Math.min(MOST, ratio),
      q1: bar.q1 / base,
      q3: bar.q3 / base,
      label: `${short(bar.median)} ms${times}`,
    };
  });
  const quartiles = drawn.filter(({ q1, q3 }) => q3 > q1 && q3 < MOST);
  const longest = Math.max(1, ...drawn.map(({ x }) => x));
  return draw(title, {
    width: 760,
    height: 76 + rows.length * 19,
    marginLeft: 200,
    marginRight: 110,
    marginTop: 40,
    marginBottom: 36,
    x: { domain: [0, longest] },
    y: { type: 'band', domain: rows, padding: 0.2 },
    marks: [
      gridX({ stroke: GRID, strokeOpacity: 1 }),
      axisX({
        ...AXIS,
        label: `time relative to the first bar of the group${drawn.some(({ x }) => x === MOST) ? ' (longer bars are cut off)' : ''}`,
        labelAnchor: 'center',
      }),
      axisY({ ...AXIS, label: null, tickFormat: (at: string) => at.split('\n')[1] ?? '' }),
      barX(drawn, { x: 'x', y: 'y', fill: (one: (typeof drawn)[number]) => (one.isFirst ? OWN : OTHER) }),
      ...(['q1', 'q3'] as const).map((x) =>
        tickX(quartiles, { x, y: 'y', stroke: INK, strokeOpacity: 0.5, inset: 3 }),
      ),
      text(drawn, {
        x: (one: (typeof drawn)[number]) => Math.max(one.x, Math.min(MOST, one.q3)),
        y: 'y',
        text: 'label',
        textAnchor: 'start',
        dx: 6,
        fontSize: 11,
      }),
      text(groups, {
        x: 0,
        y: heading,
        text: (group: string) => group,
        textAnchor: 'start',
        dx: -190,
        fontSize: 12,
        fontWeight: 'bold',
      }),
    ],
  });
}

/** Returns the rows that were measured interleaved with other libraries as bars, one group per work and size. */
export function barsOf(rows: readonly ResultRow[]): Bar[] {
  return rows.map(({ library, work, batch, side, call, isTuned, recomputes, activations }) => ({
    group: `${work === 'inference' ? 'Inference' : 'Training step'}, batch ${batch} at ${side}`,
    name: [library, isTuned && 'tuned', recomputes && 'recomputing', activations === 'f16' && 'f16']
      .filter((word) => word)
      .join(', '),
    ...call,
  }));
}

/** Draws a plot as the text of an SVG file, with a title above it. */
export function draw(
  title: string,
  options: PlotOptions & { marks: Markish[]; height: number; width: number },
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = plot({ ...options, document, ariaLabel: title });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('font-family', 'system-ui, sans-serif');
  svg.setAttribute('role', 'img');
  const background = document.createElement('rect');
  for (const [name, value] of Object.entries({ width: '100%', height: '100%', fill: '#ffffff' }))
    background.setAttribute(name, value);
  const heading = document.createElement('text');
  for (const [name, value] of Object.entries({
    x: '10',
    y: '22',
    'font-size': '14',
    'font-weight': 'bold',
    'text-anchor': 'start',
    fill: INK,
  }))
    heading.setAttribute(name, value);
  heading.textContent = title;
  svg.prepend(background, heading);
  svg.setAttribute('color', INK);
  return `${svg.outerHTML.replace('height: intrinsic;', '')}\n`; // Plot sets the height twice, for old browsers
}
