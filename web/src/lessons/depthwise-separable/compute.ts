import {
  backward,
  conv2d,
  type Device,
  depthwiseConv2d,
  gradcheck,
  noGrad,
  ones,
  randn,
  scope,
  type Tensor,
  tensor,
} from 'feathergrad';
import { Repeated } from '../../../../bench/own/repeated.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import type { Said } from '../said.ts';
import type { Kind, Row, Size } from './costs.ts';

/** Side and channels of the drawn maps. */
export const SIDE = 9;
export const CHANNELS = 4;

function convolve(kind: Kind, x: Tensor, weight: Tensor, kernel: number): Tensor {
  if (kind === 'depthwise') return depthwiseConv2d(x, weight, null, { padding: kernel >> 1 });
  return conv2d(x, weight, null, { padding: kind === 'pointwise' ? 0 : kernel >> 1 });
}

function weightShape(kind: Kind, kernel: number, channels: number): number[] {
  if (kind === 'depthwise') return [kernel, kernel, channels];
  return kind === 'pointwise' ? [1, 1, channels, channels] : [kernel, kernel, channels, channels];
}

/**
 * Returns the inputs that an output pixel depends on, where its gradient is not 0. [SIDE, SIDE, CHANNELS]
 */
export async function tapsOf(
  device: Device,
  kind: Kind,
  kernel: number,
  at: { row: number; column: number; channel: number },
): Promise<boolean[]> {
  const gradient = scope(() => {
    const x = ones(device, [1, SIDE, SIDE, CHANNELS]);
    x.requiresGrad = true;
    const y = convolve(kind, x, ones(device, weightShape(kind, kernel, CHANNELS)), kernel);
    const one = new Float32Array(y.size);
    one[(at.row * SIDE + at.column) * CHANNELS + at.channel] = 1;
    backward(y, { gradient: tensor(device, one, { shape: y.shape }) });
    return (x.grad as Tensor).detach();
  });
  try {
    return Array.from(await gradient.data(), (value) => value !== 0);
  } finally {
    gradient.dispose();
  }
}

/** Returns the milliseconds of a layer on this device, for one image. */
export async function timeOf(device: Device, row: Row, { kernel, channels, side }: Size): Promise<number> {
  const parts: readonly Kind[] = row === 'separable' ? ['depthwise', 'pointwise'] : [row];
  const tensors = scope(() => ({
    x: randn(device, [1, side, side, channels], { seed: 1 }),
    weights: parts.map((kind) => randn(device, weightShape(kind, kernel, channels), { seed: 2, std: 0.1 })),
  }));
  const work = () =>
    scope(() =>
      noGrad(() => {
        let value = tensors.x;
        parts.forEach((kind, i) => {
          value = convolve(kind, value, tensors.weights[i] as Tensor, kernel);
        });
      }),
    );
  try {
    const repeated = await Repeated.record(device, work, { milliseconds: 20 });
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await repeated.timedRun());
    repeated.dispose();
    return times.sort((a, b) => a - b)[2] as number;
  } finally {
    for (const one of [tensors.x, ...tensors.weights]) one.dispose();
  }
}

/** Gradient check of a depthwise convolution followed by a pointwise one. */
export async function checkGradient(device: Device): Promise<{ pass: boolean; text: Said }> {
  const inputs = scope(() => [
    randn(device, [1, 5, 5, 4], { seed: 1 }),
    randn(device, [3, 3, 4], { seed: 2 }),
    randn(device, [1, 1, 4, 6], { seed: 3 }),
  ]);
  try {
    const result = await gradcheck(
      (x, depthwise, pointwise) =>
        conv2d(depthwiseConv2d(x as Tensor, depthwise as Tensor, null, { padding: 1 }), pointwise as Tensor),
      inputs,
    );
    return gradcheckText(result, ['the picture', 'the depthwise weights', 'the pointwise weights']);
  } finally {
    for (const one of inputs) one.dispose();
  }
}
