import {
  backward,
  batchNorm,
  conv2d,
  type Device,
  depthwiseConv2d,
  noGrad,
  ones,
  randn,
  scope,
  type Tensor,
  zeros,
} from 'feathergrad';
import { type LayerShape, nameOf } from './shapes.ts';

export const DIRECTIONS = ['forward', 'input gradient', 'weight gradient', 'gradient'] as const;
/** `gradient` is batch norm's backward pass, which computes all of its gradients at once. */
export type Direction = (typeof DIRECTIONS)[number];

/** An operation at one shape, with the minimum work and memory traffic that it needs. */
export interface KernelCase {
  shape: LayerShape;
  name: string;
  direction: Direction;
  /** records it once */
  record: () => void;
  /** a multiply-add counts as two */
  flops: number;
  /** bytes to read every input once and write every result once */
  bytes: number;
}

/** Returns the cases of a shape; their tensors are freed by `dispose`. */
export function casesOf(device: Device, shape: LayerShape, directions: readonly Direction[]) {
  const tensors: Tensor[] = [];
  const made: Make = (tensor) => {
    tensors.push(tensor);
    return tensor;
  };
  const make = shape.kind === 'batchNorm' ? batchNormCases : convolutionCases;
  const cases = make(device, shape, made).filter(({ direction }) => directions.includes(direction));
  const dispose = () => {
    for (const tensor of tensors) tensor.dispose();
  };
  return { cases, dispose };
}

type Make = (tensor: Tensor) => Tensor;

function convolutionCases(device: Device, shape: LayerShape, made: Make): KernelCase[] {
  const { kind, batch, height, width, inputs, outputs, kernel, stride, outHeight, outWidth } = shape;
  const isDepthwise = kind === 'depthwise';
  const random = (size: number[], seed: number) => made(randn(device, size, { seed }));
  const x = random([batch, height, width, inputs], 1);
  const w = random(isDepthwise ? [kernel, kernel, outputs] : [1, 1, inputs, outputs], 2);
  const dy = random([batch, outHeight, outWidth, outputs], 3);
  const call = ([x, w]: readonly Tensor[]) =>
    isDepthwise
      ? depthwiseConv2d(x as Tensor, w as Tensor, null, { stride, padding: kernel >> 1 })
      : conv2d(x as Tensor, w as Tensor);
  const macs = dy.size * kernel * kernel * (isDepthwise ? 1 : inputs);
  const bytes = x.byteLength + w.byteLength + dy.byteLength;
  const common = { shape, name: nameOf(shape), flops: 2 * macs, bytes };
  return [
    { ...common, direction: 'forward', record: forwardOf(call, [x, w]) },
    { ...common, direction: 'input gradient', record: gradientOf(call, [x, w], [0], dy, made) },
    { ...common, direction: 'weight gradient', record: gradientOf(call, [x, w], [1], dy, made) },
  ];
}

function batchNormCases(device: Device, shape: LayerShape, made: Make): KernelCase[] {
  const { batch, height, width, outputs, activation } = shape;
  const size = [batch, height, width, outputs];
  const x = made(randn(device, size, { seed: 1 }));
  const dy = made(randn(device, size, { seed: 2 }));
  const gamma = made(ones(device, [outputs]));
  const beta = made(zeros(device, [outputs]));
  const running = { mean: made(zeros(device, [outputs])), variance: made(ones(device, [outputs])) };
  const options = { training: true, eps: 1e-3, momentum: 0.01, activation };
  const call = ([x, gamma, beta]: readonly Tensor[]) =>
    batchNorm(x as Tensor, gamma as Tensor, beta as Tensor, running, options);
  const inputs = [x, gamma, beta];
  const common = { shape, name: nameOf(shape), flops: 0 };
  const elements = x.byteLength;
  return [
    // x is read twice, since the mean is needed before the first value can be normalized
    { ...common, direction: 'forward', bytes: 3 * elements, record: forwardOf(call, inputs) },
    // x and dy are read for the sums, and again for dx
    {
      ...common,
      direction: 'gradient',
      bytes: 5 * elements,
      record: gradientOf(call, inputs, [0, 1, 2], dy, made),
    },
  ];
}

type Call = (inputs: readonly Tensor[]) => Tensor;

function forwardOf(call: Call, inputs: readonly Tensor[]): () => void {
  return () => noGrad(() => scope(() => void call(inputs)));
}

/**
 * Records an operation's backward pass with respect to the inputs in `wanted`. The forward pass runs before the
 * recording, so that its dispatches are not timed.
 */
function gradientOf(
  call: Call,
  inputs: readonly Tensor[],
  wanted: readonly number[],
  gradient: Tensor,
  made: Make,
): () => void {
  const leaves = wanted.map((i) => made((inputs[i] as Tensor).detach()));
  for (const leaf of leaves) leaf.requiresGrad = true;
  const y = made(
    call(inputs.map((input, i) => (wanted.includes(i) ? (leaves[wanted.indexOf(i)] as Tensor) : input))),
  );
  return () => {
    backward(y, { gradient, retainGraph: true });
    for (const leaf of leaves) {
      leaf.grad?.dispose();
      leaf.grad = null;
    }
  };
}
