import { KERNEL } from './compute.ts';

const COUNT = KERNEL * KERNEL;

/** Kernels to start from, row by row. */
export const PRESETS: readonly { name: string; weights: string }[] = [
  { name: 'Vertical edges', weights: '-1,0,1,-1,0,1,-1,0,1' },
  { name: 'Horizontal edges', weights: '-1,-1,-1,0,0,0,1,1,1' },
  { name: 'Average', weights: Array(COUNT).fill('0.111').join() },
  { name: 'Copy', weights: '0,0,0,0,1,0,0,0,0' },
];
export const DEFAULT = '-1,0,1,-1,0,1,-1,0,1';

/** Reads the weights from the URL; an invalid list gives the default. */
export function weightsOf(list: string): number[] {
  const numbers = list.split(',').map(Number);
  if (numbers.length === COUNT && numbers.every(Number.isFinite)) return numbers;
  return DEFAULT.split(',').map(Number);
}
