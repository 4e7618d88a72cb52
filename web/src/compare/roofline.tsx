import type { DeviceLimits } from '../../../bench/own/limits.ts';
import { measuredTime } from '../../../bench/own/roofline.ts';
import { percent, short } from '../lib/format.ts';
import type { Measured } from './messages.ts';

const WIDTH = 760;
const HEIGHT = 380;
const EDGE = { left: 56, right: 16, top: 26, bottom: 44 };

const KINDS = { pointwise: 'pointwise', depthwise: 'depthwise', batchNorm: 'batch norm' } as const;

/**
 * Arithmetic rate by arithmetic intensity, on logarithmic axes: the slope is the limit by memory bandwidth, the flat
 * part the limit by arithmetic. Batch norm computes little; it counts as at least one operation per value moved.
 */
export function Roofline({ kernels, limits }: { kernels: readonly Measured[]; limits: DeviceLimits }) {
  const points = kernels.map((one) => {
    const flops = Math.max(one.flops, one.bytes / 4);
    return { one, intensity: flops / one.bytes, rate: flops / (measuredTime(one) / 1000) };
  });
  const bandwidth = Math.max(...limits.copy.map(({ bytesPerSecond }) => bytesPerSecond));
  const intensities = points.map(({ intensity }) => intensity);
  const x = scale(
    Math.min(0.1, ...intensities) / 1.5,
    Math.max(100, ...intensities) * 1.5,
    EDGE.left,
    WIDTH - EDGE.right,
  );
  const lowest = Math.min(...points.map(({ rate }) => rate));
  const y = scale(lowest / 2, limits.flopsPerSecond * 2, HEIGHT - EDGE.bottom, EDGE.top);
  const ridge = limits.flopsPerSecond / bandwidth;
  const roof = (at: number) => Math.min(limits.flopsPerSecond, at * bandwidth);
  return (
    <figure class="roofline">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="Roofline: arithmetic rate by intensity">
        {decades(y.low, y.high).map((value) => (
          <g key={value}>
            <line class="grid" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y.at(value)} y2={y.at(value)} />
            <text x={EDGE.left - 8} y={y.at(value) + 4} text-anchor="end">
              {Number((value / 1e9).toPrecision(1))}
            </text>
          </g>
        ))}
        {decades(x.low, x.high).map((value) => (
          <text key={value} x={x.at(value)} y={HEIGHT - EDGE.bottom + 20} text-anchor="middle">
            {Number(value.toPrecision(1))}
          </text>
        ))}
        <polyline
          class="roof"
          points={[x.low, Math.max(x.low, ridge), x.high]
            .map((at) => `${x.at(at)},${y.at(roof(at))}`)
            .join(' ')}
        />
        {points.map(({ one, intensity, rate }) => (
          <circle
            key={`${one.name}${one.direction}`}
            class={one.kind}
            cx={x.at(intensity)}
            cy={y.at(rate)}
            r={3 + Math.min(4, Math.sqrt(one.times))}
          >
            <title>{`${one.name}, ${one.direction}: ${short(rate / 1e9)} GFLOP/s, ${percent(one.share)} of its limit`}</title>
          </circle>
        ))}
        <text x={WIDTH - EDGE.right} y={HEIGHT - 6} text-anchor="end">
          operations per byte
        </text>
        <text x={4} y={14}>
          GFLOP/s
        </text>
      </svg>
      <figcaption class="keys">
        {Object.entries(KINDS).map(([kind, name]) => (
          <span key={kind}>
            <i class={kind} />
            {name}
          </span>
        ))}
        <span class="soft">larger dots: more layers with this shape</span>
      </figcaption>
    </figure>
  );
}

/** A logarithmic scale from values to coordinates. */
function scale(low: number, high: number, from: number, to: number) {
  const [a, b] = [Math.log10(low), Math.log10(high)];
  const at = (value: number) => from + ((Math.log10(value) - a) / (b - a)) * (to - from);
  return { low, high, at };
}

function decades(low: number, high: number): number[] {
  const list: number[] = [];
  for (let d = Math.ceil(Math.log10(low)); d <= Math.log10(high); d++) list.push(10 ** d);
  return list;
}
