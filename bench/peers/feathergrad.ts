import { createDevice, type StateDict, tune } from 'feathergrad';
import { InferenceSession, TrainingSession } from '../lib/feathergrad.ts';
import type { Peer } from './peer.ts';
import { permute } from './weights.ts';

/** feathergrad through lib/feathergrad.ts. In Node the worker has installed Dawn as `navigator.gpu`. */
export async function open(isTuned = false): Promise<Peer> {
  const device = await createDevice();
  if (isTuned) await tune(device, () => {}, { budgetMs: 0 }); // loads the stored table
  return {
    device: device.description,
    async inference(weights, size, side) {
      const session = await InferenceSession.open(device, weights as StateDict, size, side);
      return ({ nhwc }) => session.run(nhwc);
    },
    async training(weights, size, side) {
      const session = await TrainingSession.open(device, weights as StateDict, size, side);
      return {
        step: ({ nhwc, labels }) => session.step(nhwc, labels),
        async gradients() {
          const gradients = new Map<string, Float32Array<ArrayBuffer>>();
          for (const [name, { shape, data }] of await session.gradients()) {
            const order = torchOrder(name, shape.length);
            const values = data as Float32Array<ArrayBuffer>;
            gradients.set(name, order ? permute(values, shape, order) : values);
          }
          return gradients;
        },
      };
    },
  };
}

/** feathergrad's axes in PyTorch's order, per kind of weight. */
function torchOrder(name: string, rank: number): readonly number[] | undefined {
  if (rank === 4) return [3, 2, 0, 1];
  if (rank === 3) return [2, 0, 1];
  return rank === 2 && name.endsWith('.weight') ? [1, 0] : undefined;
}
