import { type Device, noGrad, scope } from 'feathergrad';
import { Repeated } from '../../../../bench/own/repeated.ts';
import type { Race } from './exercise.ts';
import { timed } from './wgsl.ts';

const ROUNDS = 5;

/**
 * Returns the median milliseconds of both ways, measured alternately, so that slow phases of the machine affect both.
 */
export async function raceAgainstLibrary(
  device: Device,
  { what, inputs, own, library }: Race,
): Promise<{ what: string; own: number; library: number }> {
  const record = (work: () => void) =>
    Repeated.record(device, () => scope(() => noGrad(work)), { milliseconds: 20 });
  const both: Repeated[] = [];
  try {
    both.push(await record(() => timed(own)), await record(library));
    const times: number[][] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, one] of both.entries()) times[i]?.push(await one.timedRun());
    }
    const [first = 0, second = 0] = times.map((list) => list.sort((a, b) => a - b)[ROUNDS >> 1]);
    return { what, own: first, library: second };
  } finally {
    for (const one of both) one.dispose();
    for (const one of inputs) one.dispose();
  }
}
