// The network and the image that the page looks at.
import {
  type Device,
  FerMobileNetV3,
  type ImageClassifier,
  type ImageLike,
  imagesToTensor,
  type Tensor,
} from 'feathergrad';
import { EXPRESSIONS } from 'feathergrad/data';
import { getModel, type ModelName } from 'feathergrad/models';
import sample from '../../../examples/face.png?url';
import { hasShipped } from '../lib/shipped.ts';

/** Pixels along each side of the image. */
export const SIDE = 48;

/** Whether a network has trained weights here; the others start from random ones. */
export const isTrained = (name: ModelName): boolean => name === 'fer_mobilenetv3' && hasShipped;

export async function openModel(device: Device, name: ModelName): Promise<ImageClassifier> {
  if (isTrained(name)) return FerMobileNetV3.pretrained(device);
  return getModel(name, { classes: EXPRESSIONS, side: SIDE }).to(device, { seed: 1 });
}

/** Returns the image as the network receives it, [1, SIDE, SIDE, 3]. */
export function prepared({ device, mean, std, color }: ImageClassifier, image: ImageLike): Tensor {
  return imagesToTensor(device, [image], { side: SIDE, mean, std, color });
}

/** Decodes a file and returns its central square. */
export async function squareOf(file: Blob): Promise<ImageBitmap> {
  const whole = await createImageBitmap(file);
  const side = Math.min(whole.width, whole.height);
  const [left, top] = [(whole.width - side) >> 1, (whole.height - side) >> 1];
  const square = await createImageBitmap(whole, left, top, side, side);
  whole.close();
  return square;
}

export async function sampleFace(): Promise<ImageBitmap> {
  const response = await fetch(sample);
  if (!response.ok) throw new Error(`The sample cannot be loaded (status ${response.status}).`);
  return squareOf(await response.blob());
}
