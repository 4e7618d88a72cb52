import { checkOptions, type OptionRules, pairRule } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { flatLanes } from '../accumulate.ts';
import { ShapeError } from '../errors.ts';
import { expectReal } from '../expect.ts';
import { show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import {
  type ConvolutionGeometry,
  checkBias,
  convolutionGeometry,
  convolutionMacs,
  type Pair,
  WINDOW_OPTIONS,
  type WindowOptions,
} from './convolution-geometry.ts';
import { type Epilogue, epilogueSpec } from './epilogue.ts';
import { product, productGradInput, productGradWeight } from './matrix-product.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { columnSum, splitRows, sumPartials } from './partial-sums.ts';

/** Options of `conv2d`, in pixels. */
export interface ConvolutionOptions extends WindowOptions {
  /** distance of the kernel's taps (default 1) */
  dilation?: Pair | undefined;
}

const OPTIONS: OptionRules<ConvolutionOptions> = { ...WINDOW_OPTIONS, dilation: (v) => pairRule(v, 1) };

/** The three directions of one convolution, either by its own kernels or as a matrix product. */
interface Route {
  forward(x: Tensor, weight: Tensor, bias: Tensor | null, y: Tensor, epilogue?: Epilogue): void;
  /** `plus` is added where `addsToGradient` */
  gradInput(dy: Tensor, weight: Tensor, dx: Tensor, plus: Tensor | null): void;
  addsToGradient: boolean;
  gradWeight(x: Tensor, dy: Tensor, dw: Tensor): void;
}

/**
 * Dense convolution (cross-correlation) of x [N, H, W, Cin] with weight [kh, kw, Cin, Cout], plus
 * bias [Cout] -> [N, H', W', Cout]. A 1x1 kernel with stride 1 and no padding runs as a matrix product.
 * @throws Error when the channels disagree, an option is out of range or the kernel does not fit
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions = {},
): Tensor {
  const { route, shape, outputs } = planConv2d(x, weight, options);
  checkBias('conv2d', bias, outputs);
  const y = empty(x.device, shape, x.dtype, 'conv2d');
  route.forward(x, weight, bias, y);
  return differentiable('conv2d', y, bias ? [x, weight, bias] : [x, weight], (save) => {
    // each is needed for the other's gradient alone
    const savedX = weight.requiresGrad ? save(x) : null;
    const savedWeight = x.requiresGrad ? save(weight) : null;
    const hasBias = bias !== null;
    return (dy, slots) => {
      const dx = slots.wants(0) ? slots.output(0) : null;
      if (dx && savedWeight)
        route.gradInput(dy, savedWeight, dx, route.addsToGradient ? slots.take(0) : null);
      const dw = slots.wants(1) ? slots.output(1) : null;
      if (dw && savedX) route.gradWeight(savedX, dy, dw);
      const db = hasBias && slots.wants(2) ? slots.output(2) : null;
      if (db) columnSum('conv2d gradient by bias', dy, db);
      return [dx, dw, db];
    };
  });
}

/**
 * The convolution with batch norm in evaluation and an activation, and a residual where given, in one pass.
 * For inference: it is not taped. `null` where the sizes have no such pass.
 */
export function conv2dFused(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  epilogue: Epilogue,
  options: ConvolutionOptions = {},
): Tensor | null {
  const { route, shape, outputs, pointwise } = planConv2d(x, weight, options);
  if (pointwise ? epilogue.residual && (bias || outputs % 4 !== 0) : bias || epilogue.residual) return null;
  const y = empty(x.device, shape, x.dtype, 'conv2d');
  route.forward(x, weight, bias, y, epilogue);
  return y;
}

function planConv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions) {
  checkOptions('conv2d', options, OPTIONS);
  expectReal('conv2d', 'weight', weight);
  if (weight.rank !== 4) {
    throw new ShapeError(`conv2d: weight must be [kh, kw, Cin, Cout], got shape ${show(weight.shape)}`);
  }
  const [kernelHeight, kernelWidth, inputs, outputs] = weight.shape as readonly number[] as [
    number,
    number,
    number,
    number,
  ];
  const geometry = convolutionGeometry('conv2d', x, [kernelHeight, kernelWidth], options);
  if (geometry.channels !== inputs) {
    throw new ShapeError(
      `conv2d: weight ${show(weight.shape)} takes ${inputs} channels, input ${show(x.shape)} has ${geometry.channels}; ` +
        'they must agree (weights are [kh, kw, Cin, Cout]; a PyTorch weight is [Cout, Cin, kh, kw])',
    );
  }
  const { batch, outHeight, outWidth } = geometry;
  const pointwise = isPointwise(geometry);
  const route = pointwise ? pointwiseRoute(geometry, outputs) : windowRoute(geometry, outputs);
  return { route, shape: [batch, outHeight, outWidth, outputs], outputs, pointwise };
}

function isPointwise({ kernel, stride, padding }: ConvolutionGeometry): boolean {
  return [...kernel, ...stride].every((n) => n === 1) && padding.every((n) => n === 0);
}

/** Rows = pixels: y = x w. */
function pointwiseRoute({ batch, height, width, channels }: ConvolutionGeometry, outputs: number): Route {
  const sizes = { rows: batch * height * width, inner: channels, columns: outputs };
  return {
    forward: (x, w, bias, y, epilogue) => product('conv2d', { x, w, bias, y, epilogue }, sizes),
    gradInput: (dy, w, dx, plus) => productGradInput('conv2d gradient by input', { dy, w, dx, plus }, sizes),
    addsToGradient: channels % 4 === 0,
    gradWeight: (x, dy, dw) => productGradWeight('conv2d gradient by weight', { x, dy, dw }, sizes),
  };
}

function windowRoute(geometry: ConvolutionGeometry, outputs: number): Route {
  const { batch, height, width, channels, kernel, stride, padding, dilation, outHeight, outWidth } = geometry;
  const { count: lanes, substitute } = flatLanes(outputs);
  const pairs = Math.ceil(lanes / 2);
  const sizes = {
    height,
    width,
    channels,
    outHeight,
    outWidth,
    lanes,
    kernelH: kernel[0],
    kernelW: kernel[1],
    strideH: stride[0],
    strideW: stride[1],
    dilationH: dilation[0],
    dilationW: dilation[1],
    padTop: padding[0],
    padLeft: padding[1],
  };
  return {
    forward(x, weight, bias, y, epilogue) {
      const { bind, overrides, params } = epilogueSpec(epilogue ?? null, bias, weight);
      const count = batch * outHeight * Math.ceil(outWidth / 4) * pairs;
      y.device.dispatch(kernels.conv2d, {
        label: 'conv2d',
        bind: { x, weight, y, ...bind },
        overrides,
        params: { ...sizes, count, ...params },
        substitute,
        threads: count,
      });
    },
    addsToGradient: false,
    gradInput(dy, weight, dx) {
      const count = batch * height * width * Math.ceil(channels / 4);
      dx.device.dispatch(kernels.conv2dGradInput, {
        label: 'conv2d gradient by input',
        bind: { dy, weight, dx },
        params: { ...sizes, count },
        substitute: lanes === outputs ? { ...substitute, LANES: 1 } : {},
        threads: count,
      });
    },
    gradWeight(x, dy, dw) {
      const label = 'conv2d gradient by weight';
      const threads = Math.ceil((kernel[0] * kernel[1] * channels) / 4) * pairs;
      const rows = batch * outHeight;
      const { chunks, chunkRows } = splitRows(dw.device, rows, threads, 1);
      const partial =
        chunks === 1 ? dw : empty(dw.device, [chunks, ...dw.shape], 'f32', `${label}: partial sums`);
      const count = chunks * threads;
      dw.device.dispatch(kernels.conv2dGradWeightPartial, {
        label,
        bind: { x, dy, partial },
        params: { ...sizes, rows, chunkRows, count },
        substitute,
        threads: count,
      });
      if (partial !== dw) sumPartials(label, partial, dw, chunks);
    },
  };
}

export const conv2dInfo: OpInfo = {
  name: 'conv2d',
  doc: 'dense convolution, NHWC with weights [kh, kw, Cin, Cout]',
  gradient:
    'dx = dy correlated with the flipped kernel, stride as dilation; dw = x correlated with dy; db = sum over the pixels of dy',
  cost: (inputs, result) => ({
    macs: convolutionMacs(inputs[1] ?? [], result, inputs[1]?.[2] ?? 1),
    bytes: elementwiseCost(inputs, result).bytes,
  }),
};
