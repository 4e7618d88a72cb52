import type { Spread } from '../lib/statistics.ts';
import type { Direction, KernelCase } from './kernel-cases.ts';
import { bandwidthFor, type DeviceLimits } from './limits.ts';
import type { LayerShape } from './shapes.ts';

/** How long one operation takes at one shape, beside the least time that the device's limits allow. */
export interface KernelResult {
  name: string;
  kind: LayerShape['kind'];
  direction: Direction;
  /** of the input pictures: `batch 32 at 48` */
  input: string;
  /** layers of the network that have this shape */
  times: number;
  dispatches: number;
  /** by the clock, submission included */
  wall: Spread;
  /** by timestamps; null where the adapter has none */
  gpu: Spread | null;
  /** roofline: the larger of bytes / bandwidth and flops / arithmetic, in milliseconds */
  limit: number;
  limitedBy: 'bandwidth' | 'arithmetic';
  /** limit / the smaller of the two medians: a pass for each timestamp, and a wait for each replay, add to them */
  share: number;
  /** the same with the limit raised by the cost of its dispatches, which a small shape cannot escape */
  shareWithDispatches: number;
}

/** A measured operation beside the device's limits. */
export function resultOf(
  { name, shape, direction, flops, bytes }: KernelCase,
  dispatches: number,
  wall: Spread,
  gpu: Spread | null,
  limits: DeviceLimits,
): Omit<KernelResult, 'input'> {
  const byBandwidth = (1000 * bytes) / bandwidthFor(limits, bytes);
  const byArithmetic = (1000 * flops) / limits.flopsPerSecond;
  const limit = Math.max(byBandwidth, byArithmetic);
  const measured = measuredTime({ wall, gpu });
  return {
    name,
    kind: shape.kind,
    direction,
    times: shape.times,
    dispatches,
    wall,
    gpu,
    limit,
    limitedBy: byBandwidth >= byArithmetic ? 'bandwidth' : 'arithmetic',
    share: limit / measured,
    shareWithDispatches: (limit + 1000 * dispatches * limits.secondsPerDispatch) / measured,
  };
}

/** Milliseconds: the smaller of the two medians. */
export const measuredTime = ({ wall, gpu }: Pick<KernelResult, 'wall' | 'gpu'>) =>
  Math.min(wall.median, gpu?.median ?? wall.median);

/**
 * The network as a whole: all layers of a kind and direction, and all convolutions, each as often as the network has
 * it; their least time over their measured time.
 */
export function kernelTotals(results: readonly KernelResult[]) {
  const totals = new Map<string, { name: string; measured: number; limit: number; floor: number }>();
  const add = (name: string, one: KernelResult) => {
    const sum = totals.get(name) ?? { name, measured: 0, limit: 0, floor: 0 };
    const measured = measuredTime(one);
    sum.measured += one.times * measured;
    sum.limit += one.times * one.limit;
    sum.floor += one.times * one.shareWithDispatches * measured;
    totals.set(name, sum);
  };
  for (const one of results) add(`${one.kind}, ${one.direction}, ${one.input}`, one);
  for (const one of results) if (one.kind !== 'batchNorm') add(`all convolutions, ${one.input}`, one);
  return [...totals.values()].map(({ name, measured, limit, floor }) => ({
    name,
    measured,
    limit,
    share: limit / measured,
    shareWithDispatches: floor / measured,
  }));
}
