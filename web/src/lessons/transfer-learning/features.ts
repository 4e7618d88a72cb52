import {
  BatchNorm2d,
  concat,
  type Device,
  FerMobileNetV3,
  hardSwish,
  noGrad,
  scope,
  type Tensor,
} from 'feathergrad';
import { CLASSES, drawClass, normalized, type Part, PEOPLE, type People } from './faces.ts';

/** A list of numbers for each face: first all faces of class 0, then those of class 1, and so on. */
export interface Described {
  /** [faces, width] */
  values: Float32Array;
  faces: number;
  width: number;
}

export type Features = Record<Part, Described>;

/** The trained network, from the bytes of its weights. */
export const trainedNetwork = (device: Device, weights: Uint8Array): Promise<FerMobileNetV3> =>
  FerMobileNetV3.pretrained(device, { weights });

/**
 * A network with random weights. Its batch norms use the statistics of the training faces: with their initial
 * statistics the signal would vanish, and the comparison would not be fair.
 */
export async function randomNetwork(device: Device, people: People = PEOPLE): Promise<FerMobileNetV3> {
  const model = new FerMobileNetV3().to(device, { seed: 1 });
  for (const [, module] of model.namedModules()) if (module instanceof BatchNorm2d) module.momentum = 1;
  using logits = noGrad(() =>
    scope(() => {
      const faces = CLASSES.map((_, label) => drawClass(device, label, 'train', people.train));
      return model.train().call(normalized(concat(faces, 0), model.mean, model.std));
    }),
  );
  await logits.data();
  return model.eval();
}

/** Computes what the last layer of a network receives for each face, 640 numbers. */
export function featuresOf(device: Device, model: FerMobileNetV3, people = PEOPLE): Promise<Features> {
  return describe(device, people, (label, part) => {
    const images = normalized(drawClass(device, label, part, people[part]), model.mean, model.std);
    return hardSwish(model.forwardWithEmbedding(images).embedding);
  });
}

/** Returns the values of small faces, 16 × 16 pixels in three equal channels, which need no network. */
export function pixelsOf(device: Device, people = PEOPLE): Promise<Features> {
  return describe(device, people, (label, part) => drawClass(device, label, part, people[part], 16));
}

async function describe(
  device: Device,
  people: People,
  of: (label: number, part: Part) => Tensor,
): Promise<Features> {
  const read = async (part: Part): Promise<Described> => {
    const results = CLASSES.map((_, label) => noGrad(() => scope(() => of(label, part))));
    try {
      const lists = (await device.read(results)).map((bytes) => new Float32Array(bytes));
      const faces = CLASSES.length * people[part];
      const values = new Float32Array(lists.reduce((sum, list) => sum + list.length, 0));
      for (const [label, list] of lists.entries()) values.set(list, label * list.length);
      return { values, faces, width: values.length / faces };
    } finally {
      for (const one of results) one.dispose();
    }
  };
  return { train: await read('train'), test: await read('test') };
}
