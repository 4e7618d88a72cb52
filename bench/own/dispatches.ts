import { type Device, FerMobileNetV3, noGrad, scope, zeros } from 'feathergrad';
import { type DispatchWork, isStarved, recordedWork } from '../lib/dispatch-work.ts';
import { markdownTable, short } from '../lib/table.ts';

/** The dispatches of an inference at batch 1. */
export interface InferenceDispatches {
  side: number;
  dispatches: DispatchWork[];
}

/** Sides of the images in pixels: the paper's, and the side with the largest maps. */
const SIDES = [48, 224];

/** Records an inference of the paper's network at batch 1 for each side; nothing is run. */
export function inferenceDispatches(device: Device): InferenceDispatches[] {
  const model = new FerMobileNetV3().to(device).eval();
  try {
    return SIDES.map((side) => {
      const x = zeros(device, [1, side, side, 3]);
      const dispatches = recordedWork(device, () => scope(() => noGrad(() => void model.call(x))));
      x.dispose();
      return { side, dispatches };
    });
  } finally {
    model.dispose();
  }
}

/** Formats one row per dispatch; an asterisk marks dispatches with too few threads for a GPU. */
export function dispatchTable({ side, dispatches }: InferenceDispatches): string {
  const starved = dispatches.filter(isStarved).length;
  return markdownTable(
    [
      `batch 1 at ${side}: ${dispatches.length} dispatches, ${starved} starved (*)`,
      'kernel',
      'workgroups',
      'threads',
      'loads per thread',
      'multiply-adds per thread',
      'MMAC',
    ],
    dispatches.map((one) => [
      `${one.label}${isStarved(one) ? ' *' : ''}`,
      one.kernel,
      `${one.workgroups}`,
      `${one.threads}`,
      short(one.loadsPerThread),
      short(one.macs / one.threads),
      short(one.macs / 1e6),
    ]),
  );
}
