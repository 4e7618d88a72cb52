import { percent, short } from '../../lib/format.ts';
import { type Layer, TILES, type TileName, tileOf, tileText, workOf } from './work.ts';

/** What was measured on the device. */
export interface Limits {
  bytesPerSecond: number;
  macsPerSecond: number;
  secondsPerDispatch: number;
}

export type TileTimes = Readonly<Record<TileName, number>>;

/** Returns the multiply-adds per second that both roofs allow. */
export const roofAt = ({ bytesPerSecond, macsPerSecond }: Limits, macsPerByte: number): number =>
  Math.min(macsPerSecond, macsPerByte * bytesPerSecond);

/** Says which roof is lower, which tile was the fastest, and how far below the roof it is. `times` in milliseconds. */
export function verdictOf(layer: Layer, times: TileTimes, limits: Limits): string {
  const { macs, bytes } = workOf(layer, tileOf(layer.name, 'small'));
  const ridge = limits.macsPerSecond / limits.bytesPerSecond;
  const isMemory = macs / bytes < ridge;
  const floor = (1000 * macs) / roofAt(limits, macs / bytes);
  const [best = 'small'] = TILES.toSorted((a, b) => times[a] - times[b]);
  const slowest = TILES.toSorted((a, b) => times[b] - times[a])[0] ?? best;
  const time = times[best];
  const start = 1000 * limits.secondsPerDispatch;
  const roofs = `Your device does ${short(ridge)} multiply-adds in the time in which it moves one byte. This layer has ${short(macs / bytes)} per byte, so the ${isMemory ? 'bandwidth' : 'arithmetic'} is the lower roof: ${short(floor)} ms at least.`;
  const tile = `The fastest tile is ${tileText(layer.name, best)} with ${short(time)} ms, ${percent(floor / time)} of what the roof allows; ${tileText(layer.name, slowest)} takes ${short(times[slowest] / time)} times as long.`;
  const { threads } = workOf(layer, tileOf(layer.name, best));
  const why =
    floor > time
      ? 'It is faster than the roof allows: this layer fits into a cache that is faster than the memory measured, or one of the measurements was disturbed. Measure again.'
      : floor > time / 2
        ? 'That is close to the roof: no other division of the work could be twice as fast.'
        : start > time / 2
          ? `Most of this time is not work: starting a dispatch alone takes ${short(start)} ms here. Choose a larger layer.`
          : `The rest goes into what a roofline does not count: loads that repeat, threads that wait for them, and ${short(threads)} threads, which may be too few to keep this device busy.`;
  return `${roofs} ${tile} ${why}`;
}
