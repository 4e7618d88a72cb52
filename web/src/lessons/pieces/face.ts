import type { Device, Tensor } from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';

/** Pixels along each side of the face in the lessons on attention. */
export const SIDE = 48;
/** Faces to choose from. */
export const FACES = 24;

/** Returns face `number`, counted from 1, as [1, SIDE, SIDE, 3] in 0..1; the scope or the caller disposes it. */
export function drawFace(device: Device, number: number): Tensor {
  const { images, labels } = new DrawnFaces(device, { seed: 11, side: SIDE }).batch(number + 2, 1);
  labels.dispose();
  return images;
}
