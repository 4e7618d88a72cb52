import { backward, conv2d, type Device, flip, scope, type Tensor, tensor } from 'feathergrad';

/** Side of the picture, of the kernel and of the output. */
export const SIDE = 7;
export const KERNEL = 3;
export const OUTPUT = SIDE - KERNEL + 1;

export const PICTURES = ['edge', 'corner', 'dot'] as const;
export type PictureName = (typeof PICTURES)[number];

/** Returns the pixels of a small picture, [SIDE, SIDE]. */
export function pictureOf(name: PictureName): number[] {
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    if (name === 'edge') return column >= 3 ? 1 : 0;
    if (name === 'corner') return row >= 3 && column >= 3 ? 1 : 0;
    return row === 3 && column === 3 ? 1 : 0;
  });
}

export interface Convolved {
  /** [OUTPUT, OUTPUT] */
  output: Float32Array;
  /** slope of the chosen output with respect to each weight, [KERNEL, KERNEL] */
  weightSlopes: Float32Array;
  /** slope of the chosen output with respect to each pixel, [SIDE, SIDE] */
  pixelSlopes: Float32Array;
}

/** Convolves a picture without padding, and differentiates output number `chosen`. */
export async function convolve(
  device: Device,
  pixels: readonly number[],
  weights: readonly number[],
  chosen: number,
): Promise<Convolved> {
  const results = scope(() => {
    const x = tensor(device, [...pixels], { shape: [1, SIDE, SIDE, 1] });
    const w = tensor(device, [...weights], { shape: [KERNEL, KERNEL, 1, 1] });
    x.requiresGrad = true;
    w.requiresGrad = true;
    const y = conv2d(x, w);
    const one = new Float32Array(y.size);
    one[chosen] = 1;
    backward(y, { gradient: tensor(device, one, { shape: y.shape }) });
    return [y.detach(), (w.grad as Tensor).detach(), (x.grad as Tensor).detach()];
  });
  try {
    const [output, weightSlopes, pixelSlopes] = (await device.read(results)).map(
      (bytes) => new Float32Array(bytes),
    ) as [Float32Array, Float32Array, Float32Array];
    return { output, weightSlopes, pixelSlopes };
  } finally {
    for (const one of results) one.dispose();
  }
}

/** Slopes of the outputs, the same every time. */
const SLOPES = Array.from({ length: OUTPUT * OUTPUT }, (_, i) => ((i * 7) % 11) - 5);

/**
 * Returns the slopes of the pixels twice: from the tape, and as a convolution of the slopes of the outputs, with the
 * kernel turned by 180 degrees or as it is. Both are [SIDE, SIDE].
 */
export async function twoWaysBack(
  device: Device,
  weights: readonly number[],
  isTurned: boolean,
): Promise<{ tape: Float32Array; convolution: Float32Array }> {
  const results = scope(() => {
    const x = tensor(device, pictureOf('edge'), { shape: [1, SIDE, SIDE, 1] });
    const w = tensor(device, [...weights], { shape: [KERNEL, KERNEL, 1, 1] });
    const dy = tensor(device, SLOPES, { shape: [1, OUTPUT, OUTPUT, 1] });
    x.requiresGrad = true;
    backward(conv2d(x, w), { gradient: dy });
    const kernel = isTurned ? flip(w, [0, 1]) : w;
    return [(x.grad as Tensor).detach(), conv2d(dy, kernel, null, { padding: KERNEL - 1 }).detach()];
  });
  try {
    const [tape, convolution] = (await device.read(results)).map((bytes) => new Float32Array(bytes)) as [
      Float32Array,
      Float32Array,
    ];
    return { tape, convolution };
  } finally {
    for (const one of results) one.dispose();
  }
}
