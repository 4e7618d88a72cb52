import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { color, colorScheme } from '../app/theme.ts';

export interface Line {
  label: string;
  /** a color of the style sheet */
  color: string;
  dash?: number[];
  /** draw points only */
  points?: boolean;
  format: (value: number) => string;
}

/** A line chart by uPlot in the page's colors. `data` is [x, y of each line]; gaps are null. */
export function LineChart(props: {
  label: string;
  lines: readonly Line[];
  data: readonly (readonly (number | null)[])[];
  /** changes whenever `data` has changed; the chart then redraws */
  version: unknown;
  range?: [number, number];
  height?: number;
}) {
  const { lines, data, label, range, height = 220 } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const scheme = colorScheme.value;
  const shape = lines.map((line) => line.label).join();
  const latest = useRef({ lines, data });
  latest.current = { lines, data };

  useEffect(() => {
    const node = host.current;
    if (!node) return;
    let observer: ResizeObserver | null = null;
    // in a separate task: creating several charts at once would block the page
    const timer = setTimeout(() => {
      const { lines, data } = latest.current;
      const plot = new UPlot(
        options(lines, node.clientWidth, height, range),
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
  }, [shape, scheme, height, range?.[0], range?.[1]]);

  useEffect(() => {
    chart.current?.setData(latest.current.data as UPlot.AlignedData);
  }, [props.version]);

  return (
    <figure class="chart" aria-label={label}>
      <figcaption class="legend">
        {lines.map((line, i) => {
          const last = lastOf(data[i + 1] ?? []);
          return (
            <span key={line.label}>
              <i
                class={line.points ? 'mark dot' : line.dash ? 'mark dashed' : 'mark'}
                ref={tint(line.color)}
              />
              {line.label}
              <b>{last === null ? '–' : line.format(last)}</b>
            </span>
          );
        })}
      </figcaption>
      <div ref={host} class="plot" style={{ height }} />
    </figure>
  );
}

const tint = (name: string) => (node: HTMLElement | null) => {
  node?.style.setProperty('--mark', `var(${name})`);
};

function lastOf(values: readonly (number | null)[]): number | null {
  for (let i = values.length - 1; i >= 0; i--) if (values[i] != null) return values[i] as number;
  return null;
}

function options(
  lines: readonly Line[],
  width: number,
  height: number,
  range: [number, number] | undefined,
): UPlot.Options {
  const [soft, line, ground] = ['--soft', '--line', '--raised'].map(color) as [string, string, string];
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: soft, font, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    padding: [12, 16, 0, 0],
    scales: { x: { time: false }, y: range ? { range } : { range: fromZero } },
    axes: [
      { ...axis, grid: { show: false }, size: 28, space: 70, incrs: WHOLE },
      {
        ...axis,
        grid: { stroke: line, width: 1 },
        size: 44,
        space: 44,
        values: (_: UPlot, ticks: number[]) =>
          ticks.map((v) => (range ? `${Math.round(100 * v)} %` : tick(v))),
      },
    ],
    series: [
      {},
      ...lines.map((one): UPlot.Series => {
        const stroke = color(one.color);
        return {
          label: one.label,
          stroke,
          width: 1.75,
          spanGaps: true,
          ...(one.dash && { dash: one.dash }),
          points: { show: one.points ?? false, size: 7, fill: ground, stroke, width: 2 },
        };
      }),
    ],
  };
}

/** Returns the label of a tick. Losses of a diverging run need an exponent to fit next to the axis. */
const tick = (value: number): string =>
  Math.abs(value) >= 1e4
    ? value.toExponential(1).replace('.0', '').replace('e+', 'e')
    : String(Number(value.toPrecision(6)));

/** Distances between ticks of steps. */
const WHOLE = [1, 2, 5]
  .flatMap((n) => [0, 1, 2, 3, 4, 5, 6].map((power) => n * 10 ** power))
  .sort((a, b) => a - b);

/** Returns the range from 0, or slightly below the smallest negative value, to slightly above the largest value. */
function fromZero(_: UPlot, low: number | null, high: number | null): [number, number] {
  return [low && low < 0 ? 1.06 * low : 0, high && high > 0 ? 1.06 * high : low && low < 0 ? 0 : 1];
}
