import { bandwidthFor, type DeviceLimits } from '../../../../bench/own/limits.ts';
import { percent, short } from '../../lib/format.ts';
import { costOf, KINDS, type Size } from './costs.ts';
import type { Times } from './times.tsx';

const WIDTH = 640;
const HEIGHT = 300;
const EDGE = { left: 60, right: 20, top: 28, bottom: 42 };

/** The roofline of this device with the three layers below it. */
export function Roofline({ limits, size, times }: { limits: DeviceLimits; size: Size; times: Times }) {
  const points = KINDS.flatMap((kind) => {
    const { macs, bytes } = costOf(kind, size);
    const time = times[kind];
    return time === undefined ? [] : [{ kind, intensity: macs / bytes, rate: (1000 * macs) / time }];
  });
  const peak = limits.flopsPerSecond / 2; // a multiply-accumulate is two
  const bandwidth = bandwidthFor(limits, costOf('depthwise', size).bytes);
  const ridge = peak / bandwidth;
  const x = scale([0.1, ridge / 3, ...points.map((p) => p.intensity)], EDGE.left, WIDTH - EDGE.right);
  const y = scale([peak, ...points.map((p) => p.rate)], HEIGHT - EDGE.bottom, EDGE.top);
  const roof = (at: number) => Math.min(peak, at * bandwidth);
  const depthwise = costOf('depthwise', size);
  const dense = costOf('dense', size);
  const floor = (1000 * depthwise.bytes) / bandwidth;
  return (
    <div class="stack">
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
        {points.map(({ kind, intensity, rate }) => (
          <g key={kind}>
            <circle cx={x.at(intensity)} cy={y.at(rate)} r="5" />
            <text x={x.at(intensity)} y={y.at(rate) + 20} text-anchor="middle" class="name">
              {kind}
            </text>
          </g>
        ))}
        <text x={WIDTH - EDGE.right} y={HEIGHT - 6} text-anchor="end">
          MACs a byte
        </text>
        <text x={4} y={14}>
          GMAC/s
        </text>
      </svg>
      <p>
        This device does {short(ridge)} MACs in the time that it moves one byte. The depthwise layer has{' '}
        {short(depthwise.macs / depthwise.bytes)} MACs for each byte, so{' '}
        {depthwise.macs / depthwise.bytes < ridge
          ? `memory alone limits it to ${short(floor)} ms, no matter how few MACs it has.`
          : 'here even this layer is limited by arithmetic; a device with a faster processor would wait for memory.'}{' '}
        The dense layer uses each byte for every output channel: {short(dense.macs / dense.bytes)} MACs per
        byte, so{' '}
        {dense.macs / dense.bytes < ridge ? 'at this size memory limits it too.' : 'arithmetic limits it.'}
      </p>
      <p data-testid="shares-of-roof">
        Of what the roof allows,{' '}
        {points
          .map(({ kind, intensity, rate }) => `${kind} reaches ${percent(rate / roof(intensity))}`)
          .join(', ')}
        . The rest is overhead that the roofline does not count: starting a dispatch, repeated loads, waiting
        threads. It matters most for small maps; increase side and channels and measure again.
      </p>
    </div>
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
