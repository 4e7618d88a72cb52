import { type Device, div, matmul, reshape, scope, sub, type Tensor, tensor } from 'feathergrad';
import { DrawnFaces, EXPRESSIONS } from 'feathergrad/data';

/** The three classes. */
export const CLASSES = ['Surprise', 'Sadness', 'Anger'] as const;
const LABELS = CLASSES.map((name) => EXPRESSIONS.indexOf(name));

export type Part = 'train' | 'test';
/** Number of people in each part; each of them shows every expression once. */
export type People = Record<Part, number>;
/** The people of the figure; the training set can also use fewer. */
export const PEOPLE: People = { train: 20, test: 30 };

/** Pixels along each side of a face, as for the training of the weights. */
export const SIDE = 96;
const SEED = 5;
/** Number of the first person of each part. */
const FIRST: People = { train: 0, test: 1000 };
/** Weights of red, green and blue in the luma (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114];

/**
 * Draws one expression of people in gray, with the same value in all three channels.
 * @returns [people, side, side, 3] in 0..1
 */
export function drawClass(device: Device, label: number, part: Part, people: number, side = SIDE): Tensor {
  return scope(() => {
    const { images } = new DrawnFaces(device, { seed: SEED, side }).batch(FIRST[part], people, {
      label: LABELS[label] as number,
    });
    const toGray = tensor(
      device,
      LUMA.flatMap((share) => [share, share, share]),
      { shape: [3, 3] },
    );
    return reshape(matmul(reshape(images, [people * side * side, 3]), toGray), [people, side, side, 3]);
  });
}

/** Subtracts the mean of each channel and divides by its standard deviation. */
export const normalized = (images: Tensor, mean: readonly number[], std: readonly number[]): Tensor =>
  scope(() => div(sub(images, tensor(images.device, [...mean])), tensor(images.device, [...std])));
