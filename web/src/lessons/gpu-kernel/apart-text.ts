import { short } from '../../lib/format.ts';
import { APART } from './run.ts';

/** Compares the rates of both copies, in bytes per second, and names the cause. */
export function apartText(near: number, far: number): string {
  const ratio = near / far;
  const rates = `Neighboring threads now work ${APART.toLocaleString('en-US')} numbers apart: ${short(far / 1e9)} GB/s instead of ${short(near / 1e9)}.`;
  if (ratio > 1.2) {
    return `${rates} The copy moves the same numbers and is ${short(ratio)} times as slow, because memory always delivers a whole line of neighbors, and here most of it is thrown away.`;
  }
  return `${rates} On this device it makes little difference: its cache holds the lines until their other numbers are needed, or the threads run one after another anyway, as on a CPU. On a graphics card such a copy is usually several times as slow.`;
}
