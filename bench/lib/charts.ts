// Charts of results as static SVG with a white background, for documents in light and dark color schemes.
import {
  axisX,
  axisY,
  barX,
  dot,
  gridX,
  gridY,
  line,
  type Markish,
  type PlotOptions,
  plot,
  text,
  tickX,
} from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Result, ResultKernel, ResultRow } from './result-format.ts';
import { short } from './table.ts';

/** One bar of `barChart`: a median with its quartiles. */
export interface Bar {
  group: string;
  name: string;
  median: number;
  q1: number;
  q3: number;
}

const OWN = '#2563eb';
const OTHER = '#94a3b8';
const INK = '#111827';
const GRID = '#e5e7eb';
const AXIS = { tickSize: 0, labelArrow: 'none', fontSize: 11 } as const;

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

const KINDS: Record<ResultKernel['kind'], { name: string; color: string }> = {
  pointwise: { name: 'pointwise convolution', color: OWN },
  depthwise: { name: 'depthwise convolution', color: '#ea8a1f' },
  batchNorm: { name: 'batch norm', color: '#16a34a' },
};

/**
 * Draws arithmetic rate by arithmetic intensity on logarithmic axes: the slope is the limit by memory bandwidth, the
 * flat part the limit by arithmetic, and each dot is one kernel at one shape of the network.
 */
export function rooflineChart(
  title: string,
  kernels: readonly ResultKernel[],
  limits: NonNullable<Result['limits']>,
): string {
  const points = kernels.map((one) => {
    const flops = Math.max(one.flops, one.bytes / 4); // batch norm counts as one operation per value moved
    return { kind: one.kind, x: flops / one.bytes, y: flops / one.milliseconds / 1e6 };
  });
  const bandwidth = Math.max(...limits.copy.map(({ bytesPerSecond }) => bytesPerSecond)) / 1e9;
  const peak = limits.flopsPerSecond / 1e9;
  const x = [
    Math.min(0.1, ...points.map((one) => one.x)) / 1.5,
    Math.max(100, ...points.map((one) => one.x)) * 1.5,
  ] as const;
  const y = [Math.min(peak, ...points.map((one) => one.y)) / 2, peak * 3] as const;
  const roof = [x[0], Math.max(x[0], peak / bandwidth), x[1]].map((at) => ({
    x: at,
    y: Math.min(peak, at * bandwidth),
  }));
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const legend = kinds.map((kind, i) => ({ ...KINDS[kind], x: x[1], y: y[0] * 1.45 ** (kinds.length - i) }));
  return draw(title, {
    width: 760,
    height: 380,
    marginLeft: 64,
    marginRight: 24,
    marginTop: 44,
    marginBottom: 44,
    x: { type: 'log', domain: x },
    y: { type: 'log', domain: y },
    marks: [
      gridX({ stroke: GRID, strokeOpacity: 1 }),
      gridY({ stroke: GRID, strokeOpacity: 1 }),
      axisX({ ...AXIS, label: 'operations per byte', labelAnchor: 'center', tickFormat: short }),
      axisY({ ...AXIS, label: 'GFLOP/s', labelAnchor: 'center', tickFormat: short }),
      line(roof, { x: 'x', y: 'y', stroke: INK, strokeWidth: 1.5 }),
      text([{ x: x[1], y: peak }], {
        x: 'x',
        y: 'y',
        text: () => `${short(bandwidth)} GB/s, ${short(peak)} GFLOP/s`,
        textAnchor: 'end',
        dy: -9,
        dx: -4,
        fontSize: 11,
      }),
      dot(points, {
        x: 'x',
        y: 'y',
        r: 3,
        fill: ({ kind }: (typeof points)[number]) => KINDS[kind].color,
        fillOpacity: 0.75,
      }),
      dot(legend, { x: 'x', y: 'y', r: 4, dx: -150, fill: 'color' }),
      text(legend, { x: 'x', y: 'y', text: 'name', textAnchor: 'start', dx: -140, fontSize: 11 }),
    ],
  });
}

function draw(
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
