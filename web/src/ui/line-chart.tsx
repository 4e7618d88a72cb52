import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import UPlot from 'uplot';
import { color, colorScheme } from '../app/theme.ts';
import { count, short } from '../lib/format.ts';
import { robustTop, smoothed, valueAt } from './chart-scale.ts';
import { ChartTable } from './chart-table.tsx';

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

type Values = readonly (number | null)[];

interface Props {
  label: string;
  lines: readonly Line[];
  /** [x, y of each line]; gaps are null */
  data: readonly Values[];
  /** changes whenever `data` has changed; the chart then redraws */
  version: unknown;
  /** titles of the axes */
  x?: string;
  y?: string;
  range?: [number, number];
  height?: number;
  /** logarithmic y axis */
  log?: boolean;
  /** weight of the past for lines with `smooth`, from 0 to below 1 */
  smoothing?: number;
  /** x of the ends of epochs, drawn as vertical lines */
  epochs?: readonly number[];
  /** lines of an earlier run, with their own x */
  ghost?: { x: readonly number[]; lines: readonly Line[]; data: readonly Values[] } | null;
  /** charts with the same name move their cursors together */
  group?: string;
}

/** A line chart by uPlot in the page's colors. The legend shows the values under the cursor, otherwise the latest. */
export function LineChart(props: Props) {
  const { label, range, height = 220, log = false, x = 'step', y } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [showAll, setShowAll] = useState(false);
  const scheme = colorScheme.value;
  const { lines, data } = useMemo(
    () => prepare(props, log),
    [props.version, props.smoothing, log, props.ghost, props.lines.length],
  );
  const fit = useMemo(
    () => (range || log ? { top: 1, above: 0 } : robustTop(data.slice(1))),
    [data, log, range?.[0], range?.[1]],
  );
  const shape = lines.map((line) => `${line.label}${line.faint ?? ''}`).join();
  const latest = useRef({ lines, data, top: fit.top, epochs: props.epochs ?? [] });
  latest.current = {
    lines,
    data,
    top: showAll ? Number.POSITIVE_INFINITY : fit.top,
    epochs: props.epochs ?? [],
  };

  useEffect(() => {
    const node = host.current;
    if (!node) return;
    let observer: ResizeObserver | null = null;
    // in a separate task: creating several charts at once would block the page
    const timer = setTimeout(() => {
      const { lines, data } = latest.current;
      const plot = new UPlot(
        options(lines, {
          width: node.clientWidth,
          height,
          range,
          log,
          titles: [x, y],
          group: props.group,
          top: () => latest.current.top,
          epochs: () => latest.current.epochs,
          onCursor: setCursor,
        }),
        data as UPlot.AlignedData,
        node,
      );
      chart.current = plot;
      observer = new ResizeObserver(() => plot.setSize({ width: node.clientWidth, height }));
      observer.observe(node);
    });
    return () => {
      clearTimeout(timer);
      observer?.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [shape, scheme, height, range?.[0], range?.[1], log, x, y, props.group]);

  useEffect(() => {
    chart.current?.setData(latest.current.data as UPlot.AlignedData);
  }, [data, showAll]);

  const [steps = []] = data;
  const shown = cursor ?? steps.length - 1;
  const at = steps[shown];
  return (
    <figure class="chart" aria-label={label}>
      <div ref={host} class="plot" style={{ height }} />
      <figcaption class="legend">
        <span class="legend-x">
          {at == null ? x : `${x} ${count(at)}`}
          {cursor === null && at != null && ', latest'}
        </span>
        {lines.map((line, i) => {
          if (line.isRaw) return null;
          const value = valueAt(data[i + 1] ?? [], shown);
          return (
            <span key={line.label}>
              <i
                class={line.points ? 'mark dot' : line.dash ? 'mark dashed' : 'mark'}
                ref={tint(line.color)}
              />
              {line.label}
              <b>{value === null ? '–' : line.format(value)}</b>
            </span>
          );
        })}
      </figcaption>
      {fit.above > 0 && (
        <p class="small soft above">
          {showAll
            ? 'All values are shown.'
            : `${fit.above === 1 ? '1 value is' : `${count(fit.above)} values are`} above the scale, up to ${short(highest(data))}.`}{' '}
          <button type="button" class="link" onClick={() => setShowAll(!showAll)}>
            {showAll ? 'Use the scale of the curves' : 'Show all'}
          </button>
        </p>
      )}
      <ChartTable label={label} x={x} lines={lines} data={data} />
    </figure>
  );
}

const highest = (data: readonly Values[]): number =>
  data.slice(1).reduce((most, list) => list.reduce<number>((m, v) => Math.max(m, v ?? m), most), 0);

/** Adds the smoothed lines and those of an earlier run, and removes what a logarithmic axis cannot show. */
function prepare(
  { lines, data, smoothing = 0, ghost }: Props,
  log: boolean,
): { lines: Line[]; data: Values[] } {
  const [x = []] = data;
  const all: Line[] = [];
  let values: Values[] = [x];
  for (const [i, line] of lines.entries()) {
    const list = data[i + 1] ?? [];
    if (line.smooth && smoothing > 0) {
      all.push({ ...line, label: `${line.label}, raw`, faint: true, isRaw: true }, line);
      values.push(list, smoothed(list, smoothing));
    } else {
      all.push(line);
      values.push(list);
    }
  }
  if (ghost && ghost.x.length > 0) {
    all.push(...ghost.lines);
    const ghosts = ghost.data.map((list, i) => (ghost.lines[i]?.smooth ? smoothed(list, smoothing) : list));
    const tables = [values, [ghost.x, ...ghosts]] as unknown as UPlot.AlignedData[];
    values = UPlot.join(tables) as unknown as Values[];
    values = values.map((list) => Array.from(list, (value) => value ?? null));
  }
  if (log)
    values = values.map((list, i) => (i === 0 ? list : list.map((v) => (v !== null && v > 0 ? v : null))));
  return { lines: all, data: values };
}

const tint = (name: string) => (node: HTMLElement | null) => {
  node?.style.setProperty('--mark', `var(${name})`);
};

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

function options(lines: readonly Line[], look: Look): UPlot.Options {
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
