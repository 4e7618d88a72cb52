import * as kernels from '../../kernels/index.ts';
import { flatLanes } from '../accumulate.ts';
import { show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import {
  type ConvolutionGeometry,
  checkBias,
  convolutionGeometry,
  convolutionMacs,
  type WindowOptions,
} from './convolution-geometry.ts';
import { type Epilogue, epilogueSpec } from './epilogue.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { columnSum, splitRows, sumPartials } from './partial-sums.ts';

/**
 * Depthwise convolution: every channel of x [N, H, W, C] with a kernel of its own, weight [kh, kw, C],
 * plus bias [C] -> [N, H', W', C].
 * @throws Error when the channels disagree, an option is out of range or the kernel does not fit
 */
export function depthwiseConv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: WindowOptions = {},
): Tensor {
  const { geometry, channels } = planDepthwise(x, weight, options);
  checkBias('depthwiseConv2d', bias, channels);
  const { batch, outHeight, outWidth } = geometry;
  const y = empty(x.device, [batch, outHeight, outWidth, channels], 'f32', 'depthwiseConv2d');
  forward(geometry, x, weight, bias, y, null);
  return differentiable('depthwiseConv2d', y, bias ? [x, weight, bias] : [x, weight], (save) => {
    const savedX = save(x);
    const savedWeight = save(weight);
    const hasBias = bias !== null;
    return (dy, slots) => {
      const dx = slots.wants(0) ? slots.output(0) : null;
      if (dx) gradInput(geometry, dy, savedWeight, dx);
      const dw = slots.wants(1) ? slots.output(1) : null;
      if (dw) gradWeight(geometry, savedX, dy, dw);
      const db = hasBias && slots.wants(2) ? slots.output(2) : null;
      if (db) columnSum('depthwiseConv2d gradient by bias', dy, db);
      return [dx, dw, db];
    };
  });
}

/** The convolution with batch norm in evaluation and an activation in one pass. For inference: it is not taped. */
export function depthwiseConv2dFused(
  x: Tensor,
  weight: Tensor,
  epilogue: Epilogue,
  options: WindowOptions,
): Tensor {
  const { geometry, channels } = planDepthwise(x, weight, options);
  const { batch, outHeight, outWidth } = geometry;
  const y = empty(x.device, [batch, outHeight, outWidth, channels], 'f32', 'depthwiseConv2d');
  forward(geometry, x, weight, null, y, epilogue);
  return y;
}

function planDepthwise(x: Tensor, weight: Tensor, options: WindowOptions) {
  if (weight.rank !== 3) {
    throw new Error(`depthwiseConv2d: weight must be [kh, kw, C], got shape ${show(weight.shape)}`);
  }
  const [kernelHeight, kernelWidth, channels] = weight.shape as readonly number[] as [number, number, number];
  const { stride, padding } = options;
  const geometry = convolutionGeometry('depthwiseConv2d', x, [kernelHeight, kernelWidth], {
    stride,
    padding,
  });
  if (geometry.channels !== channels) {
    throw new Error(
      `depthwiseConv2d: weight has ${channels} channels, input has ${geometry.channels}; ` +
        'they must agree (did you pass the expanded width?)',
    );
  }
  return { geometry, channels };
}

/** What the three kernels are told alike. */
function common({
  height,
  width,
  channels,
  kernel,
  stride,
  padding,
  outHeight,
  outWidth,
}: ConvolutionGeometry) {
  const { count: lanes, substitute } = flatLanes(channels);
  const overrides = { KERNEL_H: kernel[0], KERNEL_W: kernel[1], STRIDE_H: stride[0], STRIDE_W: stride[1] };
  const sizes = { height, width, lanes, outHeight, outWidth, padTop: padding[0], padLeft: padding[1] };
  return { lanes, substitute, overrides, sizes };
}

function forward(
  geometry: ConvolutionGeometry,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  y: Tensor,
  epilogue: Epilogue | null,
): void {
  const { lanes, substitute, overrides, sizes } = common(geometry);
  const spec = epilogueSpec(epilogue, bias, weight);
  const count = geometry.batch * geometry.outHeight * Math.ceil(geometry.outWidth / 4) * lanes;
  y.device.dispatch(kernels.depthwise, {
    label: 'depthwiseConv2d',
    bind: { x, weight, y, ...spec.bind },
    overrides: { ...overrides, ...spec.overrides },
    params: { ...sizes, count, ...spec.params },
    substitute,
    threads: count,
  });
}

function gradInput(geometry: ConvolutionGeometry, dy: Tensor, weight: Tensor, dx: Tensor): void {
  const { lanes, substitute, overrides, sizes } = common(geometry);
  const phases = geometry.stride[1];
  const count = geometry.batch * geometry.height * Math.ceil(geometry.width / (4 * phases)) * phases * lanes;
  dx.device.dispatch(kernels.depthwiseGradInput, {
    label: 'depthwiseConv2d gradient by input',
    bind: { dy, weight, dx },
    overrides,
    params: { ...sizes, count },
    substitute,
    threads: count,
  });
}

function gradWeight(geometry: ConvolutionGeometry, x: Tensor, dy: Tensor, dw: Tensor): void {
  const label = 'depthwiseConv2d gradient by weight';
  const { lanes, substitute, overrides, sizes } = common(geometry);
  const [kernelHeight, kernelWidth] = geometry.kernel;
  const TAPS = kernelWidth <= 3 ? 3 : 5;
  const threads = kernelHeight * Math.ceil(kernelWidth / TAPS) * lanes;
  const rows = geometry.batch * geometry.outHeight;
  const { chunks, chunkRows } = splitRows(dw.device, rows, threads, 2);
  const partial =
    chunks === 1 ? dw : empty(dw.device, [chunks, ...dw.shape], 'f32', `${label}: partial sums`);
  const count = chunks * threads;
  dw.device.dispatch(kernels.depthwiseGradWeightPartial, {
    label,
    bind: { x, dy, partial },
    overrides: { ...overrides, TAPS },
    params: { ...sizes, rows, chunkRows, count },
    substitute,
    threads: count,
  });
  if (partial !== dw) sumPartials(label, partial, dw, chunks);
}

export const depthwiseConv2dInfo: OpInfo = {
  name: 'depthwiseConv2d',
  doc: 'convolution of every channel with a kernel of its own, NHWC with weights [kh, kw, C]',
  differentiable: true,
  cost: (inputs, result) => ({
    macs: convolutionMacs(inputs[1] ?? [], result, 1),
    bytes: elementwiseCost(inputs, result).bytes,
  }),
};
