import type { Measured } from './verdict.ts';

const WIDTH = 560;
const HEIGHT = 300;
const EDGE = { left: 56, right: 20, top: 16, bottom: 40 };

/** Time by multiply-adds, both on logarithmic scales. */
export function Plot({ rows }: { rows: readonly Measured[] }) {
  const x = scale(
    rows.map(({ macs }) => macs / 1e6),
    EDGE.left,
    WIDTH - EDGE.right,
  );
  const y = scale(
    rows.map(({ milliseconds }) => milliseconds),
    HEIGHT - EDGE.bottom,
    EDGE.top,
  );
  return (
    <svg
      class="roofline-small"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Time by multiply-adds: ${rows.map(({ label, macs, milliseconds }) => `${label} ${(macs / 1e6).toFixed(0)} million, ${milliseconds.toPrecision(3)} ms`).join('; ')}`}
    >
      {x.ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={x.at(tick)} x2={x.at(tick)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
          <text x={x.at(tick)} y={HEIGHT - EDGE.bottom + 16} text-anchor="middle">
            {tick}
          </text>
        </g>
      ))}
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y.at(tick)} y2={y.at(tick)} />
          <text x={EDGE.left - 8} y={y.at(tick) + 4} text-anchor="end">
            {tick}
          </text>
        </g>
      ))}
      {rows.map(({ label, macs, milliseconds }) => (
        <g key={label}>
          <circle cx={x.at(macs / 1e6)} cy={y.at(milliseconds)} r="5" />
          <text
            class="name"
            x={x.at(macs / 1e6)}
            y={y.at(milliseconds) - 9}
            text-anchor={x.at(macs / 1e6) > WIDTH / 2 ? 'end' : 'start'}
          >
            {label}
          </text>
        </g>
      ))}
      <text x={WIDTH - EDGE.right} y={HEIGHT - 6} text-anchor="end">
        million MACs
      </text>
      <text x={4} y={12}>
        ms
      </text>
    </svg>
  );
}

/** A logarithmic scale with ticks at 1, 2 and 5 times powers of ten. */
function scale(values: readonly number[], from: number, to: number) {
  const low = Math.min(...values) / 1.6;
  const high = Math.max(...values) * 1.6;
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
    for (const digit of [1, 2, 5]) {
      const tick = Number((digit * 10 ** decade).toPrecision(1));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  const share = (value: number) => Math.log(value / low) / Math.log(high / low);
  return { ticks, at: (value: number) => from + share(value) * (to - from) };
}
