import { bandwidthFor, type DeviceLimits } from '../../../../bench/own/limits.ts';
import { percent, short } from '../../lib/format.ts';
import { RooflinePlot } from '../pieces/roofline-plot.tsx';
import { costOf, KINDS, type Size } from './costs.ts';
import type { Times } from './times.tsx';

/** The roofline of this device with the three layers below it. */
export function Roofline({ limits, size, times }: { limits: DeviceLimits; size: Size; times: Times }) {
  const points = KINDS.flatMap((kind) => {
    const { macs, bytes } = costOf(kind, size);
    const time = times[kind];
    return time === undefined ? [] : [{ name: kind, intensity: macs / bytes, rate: (1000 * macs) / time }];
  });
  const peak = limits.flopsPerSecond / 2; // a multiply-accumulate is two
  const bandwidth = bandwidthFor(limits, costOf('depthwise', size).bytes);
  const ridge = peak / bandwidth;
  const roof = (at: number) => Math.min(peak, at * bandwidth);
  const depthwise = costOf('depthwise', size);
  const dense = costOf('dense', size);
  const floor = (1000 * depthwise.bytes) / bandwidth;
  return (
    <div class="stack">
      <RooflinePlot peak={peak} bandwidth={bandwidth} points={points} />
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
          .map(({ name, intensity, rate }) => `${name} reaches ${percent(rate / roof(intensity))}`)
          .join(', ')}
        . The rest is overhead that the roofline does not count: starting a dispatch, repeated loads, waiting
        threads. It matters most for small maps; increase side and channels and measure again.
      </p>
    </div>
  );
}
