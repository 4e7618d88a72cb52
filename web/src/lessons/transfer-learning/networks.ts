import type { Device } from 'feathergrad';
import { project } from '../../train/worker/projection.ts';
import { type Features, featuresOf, randomNetwork, trainedNetwork } from './features.ts';

/** One network as the figure shows it. */
export interface Seen {
  name: string;
  features: Features;
  /** two principal components of each test face */
  points: Float32Array;
}

/** Computes the features of all faces with the pretrained network and with a random one; then both are freed. */
export async function seeFaces(device: Device, weights: Uint8Array): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  for (const [name, open] of [
    ['pretrained', () => trainedNetwork(device, weights)],
    ['random', () => randomNetwork(device)],
  ] as const) {
    const model = await open();
    try {
      const features = await featuresOf(device, model);
      const { values, faces, width } = features.test;
      seen.push({ name, features, points: project(values, faces, width, null).positions });
    } finally {
      model.dispose();
    }
  }
  return seen;
}
