const WIDTH = 640;
const HEIGHT = 300;
const EDGE = { left: 60, right: 20, top: 28, bottom: 42 };

export interface RooflinePoint {
  name: string;
  /** multiply-accumulates per byte */
  intensity: number;
  /** multiply-accumulates per second */
  rate: number;
  /** where the name is (default below the point) */
  side?: 'left' | 'right';
}

/** A roofline: the limits of a device, in multiply-accumulates and bytes per second, and what was measured. */
export function RooflinePlot(props: { peak: number; bandwidth: number; points: readonly RooflinePoint[] }) {
  const { peak, bandwidth, points } = props;
  const ridge = peak / bandwidth;
  const x = scale([0.1, ridge, ...points.map((p) => p.intensity)], EDGE.left, WIDTH - EDGE.right);
  const y = scale([peak, ...points.map((p) => p.rate)], HEIGHT - EDGE.bottom, EDGE.top);
  const roof = (at: number) => Math.min(peak, at * bandwidth);
  return (
    <svg
      class="roofline-small"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label="Roofline: multiply-accumulates per second by multiply-accumulates per byte"
      data-testid="roofline"
    >
      {decades(x).map((value) => (
        <g key={value}>
          <line class="grid" x1={x.at(value)} x2={x.at(value)} y1={EDGE.top} y2={HEIGHT - EDGE.bottom} />
          <text x={x.at(value)} y={HEIGHT - EDGE.bottom + 18} text-anchor="middle">
            {Number(value.toPrecision(1))}
          </text>
        </g>
      ))}
      {decades(y).map((value) => (
        <text key={value} x={EDGE.left - 8} y={y.at(value) + 4} text-anchor="end">
          {Number((value / 1e9).toPrecision(1))}
        </text>
      ))}
      <polyline
        class="roof"
        points={[x.low, Math.min(x.high, Math.max(x.low, ridge)), x.high]
          .map((at) => `${x.at(at)},${Math.min(HEIGHT - EDGE.bottom, y.at(roof(at)))}`)
          .join(' ')}
      />
      {points.map(({ name, intensity, rate, side }) => (
        <g key={name}>
          <circle cx={x.at(intensity)} cy={y.at(rate)} r="5" />
          <text
            x={x.at(intensity) + (side === 'left' ? -10 : side === 'right' ? 10 : 0)}
            y={y.at(rate) + (side ? 4 : 20)}
            text-anchor={side === 'left' ? 'end' : side === 'right' ? 'start' : 'middle'}
            class="name"
          >
            {name}
          </text>
        </g>
      ))}
      <text x={WIDTH - EDGE.right} y={HEIGHT - 6} text-anchor="end">
        MACs per byte
      </text>
      <text x={4} y={14}>
        GMAC/s
      </text>
    </svg>
  );
}

interface Scale {
  low: number;
  high: number;
  at: (value: number) => number;
}

/** A logarithmic scale over the values, with a margin. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.min(...values) / 3;
  const high = Math.max(...values) * 3;
  const share = (value: number) => Math.log(value / low) / Math.log(high / low);
  return { low, high, at: (value) => from + share(value) * (to - from) };
}

function decades({ low, high }: Scale): number[] {
  const list: number[] = [];
  for (let d = Math.ceil(Math.log10(low)); d <= Math.log10(high); d++) list.push(10 ** d);
  return list;
}
