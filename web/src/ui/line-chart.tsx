import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import UPlot from 'uplot';
import { colorScheme } from '../app/theme.ts';
import { count, short } from '../lib/format.ts';
import { chartOptions, type Line } from './chart-options.ts';
import { robustTop, smoothed, valueAt } from './chart-scale.ts';
import { ChartTable } from './chart-table.tsx';

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
        chartOptions(lines, {
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
