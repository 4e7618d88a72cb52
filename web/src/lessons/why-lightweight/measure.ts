import { type Device, noGrad, randn, scope } from 'feathergrad';
import type { ModelName } from 'feathergrad/models';
import { Repeated } from '../../../../bench/own/repeated.ts';
import { MEASURED_SIDE } from './networks.ts';

const ROUNDS = 3;

/** Returns the milliseconds of a network with random weights for one image of MEASURED_SIDE pixels. */
export async function timeOfNetwork(device: Device, name: ModelName): Promise<number> {
  const { getModel } = await import('feathergrad/models');
  const model = getModel(name, { classes: 1000 }).to(device, { seed: 1 }).eval();
  const x = randn(device, [1, MEASURED_SIDE, MEASURED_SIDE, 3], { seed: 2 });
  try {
    const repeated = await Repeated.record(device, () => scope(() => noGrad(() => void model.call(x))), {
      milliseconds: 20,
      most: 8,
    });
    try {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) times.push(await repeated.timedRun());
      return Math.min(...times);
    } finally {
      repeated.dispose();
    }
  } finally {
    x.dispose();
    model.dispose();
  }
}
