// The options of uPlot for a line chart in the page's colors.
import UPlot from 'uplot';
import { color } from '../app/theme.ts';

export interface Line {
  label: string;
  /** a color of the style sheet */
  color: string;
  dash?: number[];
  /** draw points only */
  points?: boolean;
  /** apply the chart's smoothing; the raw values are drawn faintly */
  smooth?: boolean;
  /** draw faintly */
  faint?: boolean;
  /** the values of a smoothed line, which the legend leaves out */
  isRaw?: boolean;
  format: (value: number) => string;
}

interface Look {
  width: number;
  height: number;
  range: [number, number] | undefined;
  log: boolean;
  titles: [string, string | undefined];
  group: string | undefined;
  top: () => number;
  epochs: () => readonly number[];
  onCursor: (index: number | null) => void;
}

export function chartOptions(lines: readonly Line[], look: Look): UPlot.Options {
  const { width, height, range, log, titles, group } = look;
  const [soft, line, ground] = ['--soft', '--line', '--raised'].map(color) as [string, string, string];
  const family = getComputedStyle(document.body).fontFamily;
  const font = `12px ${family}`;
  const axis = { stroke: soft, font, labelFont: font, labelSize: 18, labelGap: 0, ticks: { show: false } };
  const [x, y] = titles;
  return {
    width,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 7 },
      drag: { x: false, y: false },
      ...(group && { sync: { key: group } }),
    },
    padding: [12, 16, 0, 0],
    scales: {
      x: {
        time: false,
        range: (_, low, high) => (low === null || low === high ? [0, (high ?? 0) + 1] : [low, high]),
      },
      y: range
        ? { range }
        : log
          ? {
              distr: 3,
              range: (_, low, high) => (low === null ? [0.1, 1] : UPlot.rangeLog(low, high, 10, false)),
            }
          : { range: (_, low, high) => fromZero(low, high, look.top()) },
    },
    axes: [
      { ...axis, label: x, grid: { show: false }, size: 26, space: 70, incrs: WHOLE },
      {
        ...axis,
        ...(y && { label: y }),
        grid: { stroke: line, width: 1 },
        size: 46,
        space: log ? 24 : 44,
        values: (_: UPlot, ticks: (number | null)[]) =>
          ticks.map((v) => (v === null ? '' : range ? `${Math.round(100 * v)} %` : tick(v))),
      },
    ],
    series: [
      {},
      ...lines.map((one): UPlot.Series => {
        const stroke = color(one.color);
        return {
          label: one.label,
          stroke,
          width: one.faint ? 1.25 : 1.75,
          alpha: one.faint ? 0.4 : 1,
          spanGaps: true,
          ...(one.dash && { dash: one.dash }),
          points: { show: one.points ?? false, size: 7, fill: ground, stroke, width: 2 },
          ...(one.points && { paths: () => null }),
        };
      }),
    ],
    hooks: {
      setCursor: [(plot) => look.onCursor(plot.cursor.idx ?? null)],
      drawClear: [(plot) => drawEpochs(plot, look.epochs(), line, soft, family)],
    },
  };
}

/** Draws a vertical line at the end of each epoch; if they are dense, of every 2nd, 5th, 10th and so on. */
function drawEpochs(
  plot: UPlot,
  epochs: readonly number[],
  line: string,
  soft: string,
  family: string,
): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio || 1;
  const from = plot.scales.x?.min ?? 0;
  const visible = epochs.filter((x) => x >= from).length;
  if (visible === 0) return;
  const space = bbox.width / visible / scale;
  const every = STRIDES.find((n) => n * space >= 34) ?? 1000;
  ctx.save();
  ctx.strokeStyle = line;
  ctx.fillStyle = soft;
  ctx.font = `${10 * scale}px ${family}`;
  ctx.textAlign = 'right';
  ctx.lineWidth = scale;
  ctx.setLineDash([2 * scale, 3 * scale]);
  for (const [i, x] of epochs.entries()) {
    if ((i + 1) % every !== 0) continue;
    const at = Math.round(plot.valToPos(x, 'x', true));
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(`ep. ${i + 1}`, at - 3 * scale, bbox.top + 9 * scale);
  }
  ctx.restore();
}
const STRIDES = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Returns the label of a tick. Losses of a diverging run need an exponent to fit next to the axis. */
const tick = (value: number): string =>
  Math.abs(value) >= 1e4 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(1).replace('.0', '').replace('e+', 'e')
    : String(Number(value.toPrecision(6)));

/** Distances between ticks of steps. */
const WHOLE = [1, 2, 5]
  .flatMap((n) => [0, 1, 2, 3, 4, 5, 6].map((power) => n * 10 ** power))
  .sort((a, b) => a - b);

/** Returns the range from 0, or slightly below the smallest negative value, to slightly above the largest value. */
function fromZero(low: number | null, high: number | null, top: number): [number, number] {
  const below = low !== null && low < 0 ? 1.06 * low : 0;
  return [below, high !== null && high > 0 ? 1.06 * Math.min(high, top) : below < 0 ? 0 : 1];
}
