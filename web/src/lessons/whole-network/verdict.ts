import { percent, short } from '../../lib/format.ts';
import type { Block } from './blocks.ts';

/** Below this many output pixels a block cannot occupy a GPU with thousands of threads. */
const FEW_PIXELS = 1024;

/** States which block takes longest on this device, how much the rates differ, and the likely cause. */
export function verdictOf(blocks: readonly Block[], times: readonly number[], batch: number): string {
  const rows = blocks.map((block, i) => {
    const time = times[i] as number;
    const [, height = 1, width = 1] = block.output.length === 4 ? block.output : [1, 1, 1];
    return { block, time, rate: (batch * block.macs) / time / 1e6, pixels: batch * height * width };
  });
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
  const [slowest] = rows.toSorted((a, b) => b.time - a.time);
  const byRate = rows.toSorted((a, b) => a.rate - b.rate);
  const [worst, best] = [byRate[0], byRate.at(-1)];
  if (!slowest || !worst || !best) return '';
  const name = ({ block }: { block: Block }) => block.name.replace('features.', 'block ');
  const cause =
    worst.pixels < FEW_PIXELS
      ? `its output has only ${worst.pixels === 1 ? 'one pixel' : `${worst.pixels} pixels`}, so most threads have nothing to do and starting the kernels takes most of the time`
      : 'it does few multiply-adds for each number that it loads, so it waits for memory';
  return (
    `On this device ${name(slowest)} takes longest: ${percent(slowest.time / sum((row) => row.time))} of the time for ` +
    `${percent(slowest.block.macs / sum((row) => row.block.macs))} of the multiply-adds. ` +
    `The rates range from ${short(worst.rate)} GMAC/s (${name(worst)}) to ${short(best.rate)} (${name(best)}). ` +
    `The likely reason for the low rate of ${name(worst)}: ${cause}.`
  );
}
