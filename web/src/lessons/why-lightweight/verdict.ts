import { short } from '../../lib/format.ts';

export interface Measured {
  label: string;
  macs: number;
  milliseconds: number;
}

/** Compares the order by operations with the order by time, and names the likely cause of a difference. */
export function verdictOf(rows: readonly Measured[]): string {
  const [least] = rows.toSorted((a, b) => a.macs - b.macs);
  const [fastest] = rows.toSorted((a, b) => a.milliseconds - b.milliseconds);
  const most = rows.toSorted((a, b) => b.macs - a.macs)[0];
  if (!least || !fastest || !most) return '';
  const fewer = most.macs / least.macs;
  const faster = most.milliseconds / least.milliseconds;
  const first =
    least === fastest
      ? `On this device the network with the fewest multiply-adds, ${least.label}, is also the fastest.`
      : `On this device ${fastest.label} is the fastest, although ${least.label} has fewer multiply-adds.`;
  const second = `${least.label} has ${short(fewer)} times fewer multiply-adds than ${most.label} and is ${
    faster >= 1 ? `${short(faster)} times as fast` : `${short(1 / faster)} times as slow`
  }.`;
  const third =
    faster < fewer / 1.2
      ? 'The gain in time is smaller than the count suggests: a light network consists of many small kernels, each of which has to be started, and moves many bytes per multiply-add.'
      : faster > 1.2 * fewer
        ? 'The gain in time is even larger than the count suggests: the dense convolutions use this device less well than the small ones.'
        : 'That is about what the count suggests.';
  return `${first} ${second} ${third}`;
}
