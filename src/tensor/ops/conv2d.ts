import { checkOptions, type OptionRules, pairRule } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectReal } from '../expect.ts';
import { show } from '../shape.ts';
import { differentiable, type GradientSlots } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
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
import { type ProductSizes, product, productGradInput, productGradWeight } from './matrix-product.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { splitRows, sumPartials } from './partial-sums.ts';

/** Options of `conv2d`, in pixels. */
export interface ConvolutionOptions extends WindowOptions {
  /** distance between the kernel's taps (default 1) */
  dilation?: Pair | undefined;
}

const OPTIONS: OptionRules<ConvolutionOptions> = /* @__PURE__ */ (() => ({
  ...WINDOW_OPTIONS,
  dilation: (v) => pairRule(v, 1),
}))();

/**
 * Computes the dense convolution (cross-correlation) of x [N, H, W, Cin] with weight [kh, kw, Cin, Cout], plus
 * bias [Cout] -> [N, H', W', Cout]. A 1x1 kernel with stride 1 and no padding runs as a matrix product.
 * @throws Error when the channels disagree, an option is out of range or the kernel does not fit
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions = {},
): Tensor {
  const { shape, ...plan } = planConv2d(x, weight, options);
  checkBias('conv2d', bias, plan.outputs);
  const y = empty(x.device, shape, x.dtype, 'conv2d');
  forward(plan, x, weight, bias, y);
  return differentiable('conv2d', y, bias ? [x, weight, bias] : [x, weight], (save) => {
    // x is needed only for the weight's gradient, and the weight only for the gradient of x
    const savedX = weight.requiresGrad ? save(x) : null;
    const savedWeight = x.requiresGrad ? save(weight) : null;
    const hasBias = bias !== null;
    return (dy, slots, gradients) => {
      return [
        slots.wants(0) ? gradients.conv2dInput(plan, dy, savedWeight as Tensor, slots) : null,
        slots.fill(1, (dw) => gradients.conv2dWeight(plan, savedX as Tensor, dy, dw)),
        hasBias ? slots.fill(2, (db) => gradients.columnSum('conv2d bias gradient', dy, db)) : null,
      ];
    };
  });
}

/**
 * Computes the convolution, batch norm in evaluation mode, an activation and an optional residual in one pass. For
 * inference: it is not taped. Returns null if no kernel supports this for these sizes.
 */
export function conv2dFused(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  epilogue: Epilogue,
  options: ConvolutionOptions = {},
): Tensor | null {
  const { shape, ...plan } = planConv2d(x, weight, options);
  const { product, outputs } = plan;
  if (product ? epilogue.residual && (bias || outputs % 4 !== 0) : bias || epilogue.residual) return null;
  const y = empty(x.device, shape, x.dtype, 'conv2d');
  forward(plan, x, weight, bias, y, epilogue);
  return y;
}

/** A convolution of known sizes; pointwise ones run as a matrix product, the others by their own kernels. */
interface Plan {
  geometry: ConvolutionGeometry;
  outputs: number;
  /** set if the convolution is pointwise */
  product: ProductSizes | null;
}

function planConv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions): Plan & { shape: number[] } {
  checkOptions('conv2d', options, OPTIONS);
  expectReal('conv2d', 'weight', weight);
  if (weight.rank !== 4) {
    throw new ShapeError(`conv2d: weight: got shape ${show(weight.shape)}, expected [kh, kw, Cin, Cout]`);
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
      `conv2d: weight ${show(weight.shape)} has ${inputs} input channels, but x ${show(x.shape)} has ${geometry.channels} ` +
        '(weights are [kh, kw, Cin, Cout]; a PyTorch weight is [Cout, Cin, kh, kw])',
    );
  }
  const { batch, height, width, outHeight, outWidth } = geometry;
  // rows = pixels: y = x w
  const sizes = { rows: batch * height * width, inner: inputs, columns: outputs };
  const product = isPointwise(geometry) ? sizes : null;
  return { geometry, outputs, product, shape: [batch, outHeight, outWidth, outputs] };
}

function isPointwise({ kernel, stride, padding }: ConvolutionGeometry): boolean {
  return [...kernel, ...stride].every((n) => n === 1) && padding.every((n) => n === 0);
}

/** Parameters shared by the three kernels for other than pointwise convolutions. */
function windowParameters({ geometry, outputs }: Plan) {
  const { height, width, channels, kernel, stride, padding, dilation, outHeight, outWidth } = geometry;
  const { count4: channels4, defines } = inVec4(outputs);
  const sizes = {
    height,
    width,
    channels,
    outHeight,
    outWidth,
    channels4,
    kernelH: kernel[0],
    kernelW: kernel[1],
    strideH: stride[0],
    strideW: stride[1],
    dilationH: dilation[0],
    dilationW: dilation[1],
    padTop: padding[0],
    padLeft: padding[1],
  };
  return { sizes, defines, pairs: Math.ceil(channels4 / 2) };
}

function forward(
  plan: Plan,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  y: Tensor,
  epilogue?: Epilogue,
): void {
  if (plan.product) {
    product('conv2d', { x, w: weight, bias, y, epilogue }, plan.product);
    return;
  }
  const { batch, outHeight, outWidth } = plan.geometry;
  const { sizes, defines, pairs } = windowParameters(plan);
  const { bind, overrides, params } = epilogueSpec(epilogue ?? null, bias, weight);
  const count = batch * outHeight * Math.ceil(outWidth / 4) * pairs;
  y.device.dispatch(kernels.conv2d, {
    label: 'conv2d',
    bind: { x, weight, y, ...bind },
    overrides,
    params: { ...sizes, count, ...params },
    defines,
    threads: count,
  });
}

/** Computes the gradient of x; called through `ops/gradients.ts`. */
export function conv2dGradInput(plan: Plan, dy: Tensor, weight: Tensor, slots: GradientSlots): Tensor {
  const label = 'conv2d input gradient';
  const { batch, height, width, channels } = plan.geometry;
  const dx = slots.output(0);
  if (plan.product) {
    const plus = channels % 4 === 0 ? slots.take(0) : null;
    productGradInput(label, { dy, w: weight, dx, plus }, plan.product);
    return dx;
  }
  const { sizes, defines } = windowParameters(plan);
  const count = batch * height * width * Math.ceil(channels / 4);
  dx.device.dispatch(kernels.conv2dGradInput, {
    label,
    bind: { dy, weight, dx },
    params: { ...sizes, count },
    defines: defines.Vec ? { ...defines, WIDTH: 1 } : {},
    threads: count,
  });
  return dx;
}

/** Computes the gradient of the weight; called through `ops/gradients.ts`. */
export function conv2dGradWeight(plan: Plan, x: Tensor, dy: Tensor, dw: Tensor): void {
  const label = 'conv2d weight gradient';
  if (plan.product) {
    productGradWeight(label, { x, dy, dw }, plan.product);
    return;
  }
  const { batch, channels, kernel, outHeight } = plan.geometry;
  const { sizes, defines, pairs } = windowParameters(plan);
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
    defines,
    threads: count,
  });
  if (partial !== dw) sumPartials(label, partial, dw, chunks);
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
