import {
  add,
  argMax,
  backward,
  crossEntropy,
  type Device,
  matmul,
  mul,
  scope,
  sub,
  type Tensor,
  tensor,
} from 'feathergrad';
import { CLASSES, type Part } from './faces.ts';
import type { Described, Features } from './features.ts';

/** Steps of gradient descent. */
export const STEPS = 30;
const RATE = 2;

/** Shares of correctly named faces, before the first step and after each step. */
export type Curves = Record<Part, number[]>;

/**
 * Trains one linear layer on features by gradient descent, on the device. The features do not change, so the network
 * does not run again.
 * @param people number of people in the training set
 * @param areLabelsRandom whether the labels of the training faces have nothing to do with the faces
 */
export async function trainLastLayer(
  device: Device,
  features: Features,
  people: number,
  areLabelsRandom = false,
): Promise<Curves> {
  const { train, test } = { ...features, train: firstPeople(features.train, people) };
  const scaled = standardized({ train, test });
  const labels = { train: labelsOf(train.faces), test: labelsOf(test.faces) };
  if (areLabelsRandom) labels.train = labels.train.map((_, i) => (i * 7 + (i >> 2)) % CLASSES.length);
  const predictions = scope(() => {
    const inputs = {
      train: tensor(device, scaled.train, { shape: [train.faces, train.width] }),
      test: tensor(device, scaled.test, { shape: [test.faces, train.width] }),
    };
    const wanted = tensor(device, labels.train);
    const zeros = new Float32Array(train.width * CLASSES.length);
    let w = tensor(device, zeros, { shape: [train.width, CLASSES.length] });
    let b = tensor(device, new Float32Array(CLASSES.length));
    const logits = (x: Tensor) => add(matmul(x, w), b);
    const predict = () => [argMax(logits(inputs.train), 1), argMax(logits(inputs.test), 1)];
    const found = predict();
    for (let step = 0; step < STEPS; step++) {
      w.requiresGrad = true;
      b.requiresGrad = true;
      backward(crossEntropy(logits(inputs.train), wanted));
      w = sub(w.detach(), mul(w.grad as Tensor, RATE)).detach();
      b = sub(b.detach(), mul(b.grad as Tensor, RATE)).detach();
      found.push(...predict());
    }
    return found;
  });
  try {
    const read = (await device.read(predictions)).map((bytes) => new Uint32Array(bytes));
    return {
      train: read.filter((_, i) => i % 2 === 0).map((one) => shareRight(one, labels.train)),
      test: read.filter((_, i) => i % 2 === 1).map((one) => shareRight(one, labels.test)),
    };
  } finally {
    for (const one of predictions) one.dispose();
  }
}

const shareRight = (predictions: Uint32Array, labels: Uint32Array): number =>
  predictions.filter((prediction, i) => prediction === labels[i]).length / labels.length;

/** Returns the class of each face, for faces in the order of `Described`. */
export const labelsOf = (faces: number): Uint32Array<ArrayBuffer> =>
  Uint32Array.from({ length: faces }, (_, i) => Math.floor((i * CLASSES.length) / faces));

/** The faces of the first people. */
function firstPeople({ values, faces, width }: Described, people: number): Described {
  const [all, some] = [(faces / CLASSES.length) * width, people * width];
  const chosen = new Float32Array(CLASSES.length * some);
  for (let label = 0; label < CLASSES.length; label++) {
    chosen.set(values.subarray(label * all, label * all + some), label * some);
  }
  return { values: chosen, faces: CLASSES.length * people, width };
}

/**
 * Shifts and scales each feature to mean 0 and variance 1 / width over the training faces, so that a step has the same
 * effect for networks whose features differ in size.
 */
function standardized({ train, test }: Features): Record<Part, Float32Array<ArrayBuffer>> {
  const { values, faces, width } = train;
  const shift = new Float64Array(width);
  const scale = new Float64Array(width);
  for (let k = 0; k < width; k++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < faces; i++) sum += values[i * width + k] as number;
    const mean = sum / faces;
    for (let i = 0; i < faces; i++) squares += ((values[i * width + k] as number) - mean) ** 2;
    shift[k] = mean;
    scale[k] = squares > 0 ? 1 / Math.sqrt((squares / faces) * width) : 0;
  }
  const scaled = (from: Float32Array) =>
    Float32Array.from(from, (v, i) => (v - (shift[i % width] as number)) * (scale[i % width] as number));
  return { train: scaled(train.values), test: scaled(test.values) };
}
