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
import { breather } from '../../lib/breathe.ts';
import { CLASSES, draw, GROUPS, type Group, type People, together } from './people.ts';

/** People in the training set, and test people in each group. */
export const TRAINED = 300;
export const TESTED = 300;
const STEPS = 40;
const RATE = 2;

/** Rows are true classes, columns predictions. */
export type Matrix = number[][];

/** The weights and biases of the classifier. */
type Layer = { w: Tensor; b: Tensor };

const tensorsOf = (device: Device, { features, labels }: People) => ({
  x: tensor(device, features, { shape: [labels.length, 2] }),
  labels: tensor(device, labels),
});

const logitsOf = (x: Tensor, { w, b }: Layer): Tensor => add(matmul(x, w), b);

/**
 * Trains a softmax classifier by gradient descent on the device and returns a confusion matrix for each group.
 * @param shareB share of group B in the training set
 */
export async function confusions(device: Device, shareB: number): Promise<Record<Group, Matrix>> {
  const countB = Math.round(TRAINED * shareB);
  const trained = together([draw('A', TRAINED - countB, 1), draw('B', countB, 2)]);
  const tested = GROUPS.map((group) => draw(group, TESTED, 9));
  const { x, labels } = tensorsOf(device, trained);
  let layer: Layer = {
    w: tensor(device, new Float32Array(2 * CLASSES.length), { shape: [2, CLASSES.length] }),
    b: tensor(device, new Float32Array(CLASSES.length)),
  };
  const made = [x, labels, layer.w, layer.b];
  const breathe = breather();
  try {
    for (let step = 0; step < STEPS; step++) {
      layer = scope(() => stepFrom(layer, x, labels));
      made.push(layer.w, layer.b);
      await breathe();
    }
    const results = scope(() =>
      tested.map((people) => argMax(logitsOf(tensorsOf(device, people).x, layer), 1)),
    );
    made.push(...results);
    const predictions = (await device.read(results)).map((bytes) => new Uint32Array(bytes));
    const [A, B] = tested.map(({ labels }, i) => count(labels, predictions[i] as Uint32Array));
    return { A: A as Matrix, B: B as Matrix };
  } finally {
    for (const one of made) one.dispose();
  }
}

/** Returns the layer after one step of gradient descent. */
function stepFrom(before: Layer, x: Tensor, labels: Tensor): Layer {
  const [w, b] = [before.w.detach(), before.b.detach()];
  w.requiresGrad = true;
  b.requiresGrad = true;
  backward(crossEntropy(logitsOf(x, { w, b }), labels));
  const moved = (one: Tensor) => sub(one.detach(), mul(one.grad as Tensor, RATE)).detach();
  return { w: moved(w), b: moved(b) };
}

/** Counts pairs of true class and prediction. */
export function count(labels: Uint32Array, predictions: Uint32Array): Matrix {
  const matrix = CLASSES.map(() => CLASSES.map(() => 0));
  for (const [i, label] of labels.entries()) {
    const row = matrix[label] as number[];
    const column = predictions[i] as number;
    row[column] = (row[column] as number) + 1;
  }
  return matrix;
}

export const sumOf = (matrix: Matrix): number => matrix.flat().reduce((a, b) => a + b, 0);
export const accuracyOf = (matrix: Matrix): number =>
  matrix.reduce((sum, row, i) => sum + (row[i] as number), 0) / sumOf(matrix);

/** Share of the people of a class that are recognized. */
export function recallOf(matrix: Matrix, label: number): number {
  const row = matrix[label] as number[];
  return (row[label] as number) / row.reduce((a, b) => a + b, 0);
}

/** Share of the predictions of a class that are right; NaN if it is never predicted. */
export function precisionOf(matrix: Matrix, label: number): number {
  const column = matrix.map((row) => row[label] as number);
  return (column[label] as number) / column.reduce((a, b) => a + b, 0);
}
