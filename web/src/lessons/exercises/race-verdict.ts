import { short } from '../../lib/format.ts';

/** Compares two times in milliseconds and names the usual cause of the difference. */
export function raceVerdict(own: number, library: number): string {
  const ratio = own / library;
  if (ratio > 1.25) {
    return `On this device yours takes ${short(ratio)} times as long. The library’s kernels load four numbers at once and give each thread more than one result, so they load less often; yours computes one result per thread.`;
  }
  if (ratio < 0.8) {
    return `On this device yours is ${short(1 / ratio)} times as fast. It does less: the library’s op also handles other shapes, infinities and NaN, and may take several dispatches.`;
  }
  return 'That is about the same: on this device the time goes into memory or into starting the dispatch, not into the arithmetic.';
}
