// The roofline model as a chart: arithmetic rate by arithmetic intensity on logarithmic axes.
// Source: Williams, Waterman, Patterson: Roofline: an insightful visual performance model (2009).
import { axisX, axisY, dot, gridX, gridY, line, text } from '@observablehq/plot';
import { AXIS, draw, GRID, INK, OWN } from './charts.ts';
import type { Result, ResultKernel } from './result-format.ts';
import { short } from './table.ts';

/** The kernels of one adapter and its measured limits. */
export interface RooflinePanel {
  title: string;
  kernels: readonly ResultKernel[];
  limits: NonNullable<Result['limits']>;
}

const KINDS: Record<ResultKernel['kind'], { name: string; color: string }> = {
  pointwise: { name: 'pointwise convolution', color: OWN },
  depthwise: { name: 'depthwise convolution', color: '#ea8a1f' },
  batchNorm: { name: 'batch norm', color: '#16a34a' },
};
const SYMBOLS: Record<ResultKernel['direction'], 'circle' | 'triangle' | 'square'> = {
  forward: 'circle',
  'input gradient': 'triangle',
  'weight gradient': 'square',
  gradient: 'triangle',
};
const WIDTH = 760;
const LEFT = 56;

/**
 * Draws one panel per adapter. The slopes are the limits by bandwidth (solid: the fastest working set; dashed: the
 * largest one), the flat line is the limit by arithmetic. Each dot is one shape of the network in one direction.
 */
export function rooflineChart(title: string, panels: readonly RooflinePanel[]): string {
  const points = panels.flatMap(({ title: panel, kernels }) => kernels.map((one) => pointOf(one, panel)));
  const roofs = panels.map(roofOf);
  const x = [
    Math.min(0.1, ...points.map((one) => one.x)) / 1.5,
    Math.max(100, ...points.map((one) => one.x)) * 1.5,
  ] as const;
  const y = [
    Math.min(...roofs.map(({ peak }) => peak / 30), ...points.map((one) => one.y)) / 1.5,
    Math.max(...roofs.map(({ peak }) => peak)) * 3,
  ] as const;
  const solid = roofs.flatMap(({ panel, bandwidth, peak }) => corners(panel, x, bandwidth, peak));
  const dashed = roofs.flatMap(({ panel, memory, peak }) => corners(panel, x, memory, peak));
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const directions = [...new Set(points.map(({ symbol }) => symbol))];
  const [first] = panels;
  const step = (y[1] / y[0]) ** 0.055;
  const legend = [
    ...kinds.map((kind) => ({ ...KINDS[kind], symbol: 'circle' })),
    ...(directions.length > 1
      ? [
          { name: 'forward', color: '#6b7280', symbol: 'circle' },
          { name: 'gradient by input', color: '#6b7280', symbol: 'triangle' },
          { name: 'gradient by weight', color: '#6b7280', symbol: 'square' },
        ]
      : []),
  ].map((one, i) => ({ ...one, panel: first?.title, x: x[0], y: y[1] / step ** (i + 0.5) }));
  return draw(title, {
    width: WIDTH,
    height: 400,
    marginLeft: LEFT,
    marginRight: 12,
    marginTop: 64,
    marginBottom: 44,
    fx: { label: null, padding: 0.06, domain: panels.map(({ title: panel }) => panel) },
    x: { type: 'log', domain: x },
    y: { type: 'log', domain: y },
    symbol: { type: 'identity' },
    marks: [
      gridX({ stroke: GRID, strokeOpacity: 1 }),
      gridY({ stroke: GRID, strokeOpacity: 1 }),
      axisX({ ...AXIS, label: 'operations per byte', labelAnchor: 'center', tickFormat: short }),
      axisY({ ...AXIS, label: 'GFLOP/s', labelAnchor: 'center', tickFormat: short }),
      line(dashed, { x: 'x', y: 'y', fx: 'panel', stroke: INK, strokeDasharray: '3 4', strokeOpacity: 0.6 }),
      line(solid, { x: 'x', y: 'y', fx: 'panel', stroke: INK, strokeWidth: 1.5 }),
      text(roofs, {
        x: () => x[1],
        y: 'peak',
        fx: 'panel',
        text: 'label',
        textAnchor: 'end',
        dy: -9,
        dx: -4,
        fontSize: 11,
      }),
      dot(points, {
        x: 'x',
        y: 'y',
        fx: 'panel',
        r: 3,
        symbol: 'symbol',
        fill: 'color',
        fillOpacity: 0.75,
      }),
      dot(legend, { x: 'x', y: 'y', fx: 'panel', r: 4, dx: 12, symbol: 'symbol', fill: 'color' }),
      text(legend, {
        x: 'x',
        y: 'y',
        fx: 'panel',
        text: 'name',
        textAnchor: 'start',
        dx: 22,
        fontSize: 11,
      }),
    ],
  });
}

function pointOf({ kind, direction, flops: given, bytes, milliseconds }: ResultKernel, panel: string) {
  const flops = Math.max(given, bytes / 4); // batch norm counts as one operation per value moved
  return {
    panel,
    kind,
    color: KINDS[kind].color,
    symbol: SYMBOLS[direction],
    x: flops / bytes,
    y: flops / milliseconds / 1e6,
  };
}

function roofOf({ title, limits }: RooflinePanel) {
  const rates = limits.copy.map(({ bytesPerSecond }) => bytesPerSecond / 1e9);
  const largest = [...limits.copy].sort((a, b) => b.megabytes - a.megabytes)[0];
  const bandwidth = Math.max(...rates);
  const memory = (largest?.bytesPerSecond ?? 0) / 1e9;
  const peak = limits.flopsPerSecond / 1e9;
  const label = `${short(bandwidth)} GB/s, ${short(peak)} GFLOP/s`;
  return { panel: title, bandwidth, memory, peak, label };
}

/** The corners of a roof: rising with the bandwidth in GB/s, then flat at the peak in GFLOP/s. */
function corners(panel: string, x: readonly [number, number], bandwidth: number, peak: number) {
  return [x[0], Math.min(x[1], Math.max(x[0], peak / bandwidth)), x[1]].map((at) => ({
    panel,
    x: at,
    y: Math.min(peak, at * bandwidth),
  }));
}
