import type { Spread } from '../lib/statistics.ts';
import type { Direction, KernelCase } from './kernel-cases.ts';
import { bandwidthFor, type DeviceLimits } from './limits.ts';
import type { LayerShape } from './shapes.ts';

/** Time of an operation at one shape, compared with the minimum by the device's limits. */
export interface KernelResult {
  name: string;
  kind: LayerShape['kind'];
  direction: Direction;
  /** the input: `batch 32 at 48` */
  input: string;
  /** number of layers with this shape */
  times: number;
  dispatches: number;
  /** wall-clock time, including submission */
  wall: Spread;
  /** time by timestamps; null if the adapter has none */
  gpu: Spread | null;
  /** roofline: the larger of bytes / bandwidth and flops / arithmetic, in milliseconds */
  limit: number;
  limitedBy: 'bandwidth' | 'arithmetic';
  /** the work: a multiply-add counts as two flops, every input is read once and every result written once */
  flops: number;
  bytes: number;
  /** limit / the smaller median, since timestamps add a pass each, and wall-clock time includes a wait per replay */
  share: number;
  /** the same with the cost of the dispatches added to the limit, which dominates small shapes */
  shareWithDispatches: number;
}

/** Compares a measured operation with the device's limits. */
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
    flops,
    bytes,
    share: limit / measured,
    shareWithDispatches: (limit + 1000 * dispatches * limits.secondsPerDispatch) / measured,
  };
}

/** Returns the smaller median in milliseconds. */
export const measuredTime = ({ wall, gpu }: Pick<KernelResult, 'wall' | 'gpu'>) =>
  Math.min(wall.median, gpu?.median ?? wall.median);

/**
 * Returns totals over the network by kind and direction, and for all convolutions, each shape weighted by its number of
 * layers: minimum time divided by measured time.
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
