import { differentiable, type GradientSlots } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { type ConvolutionGeometry, checkBias } from './convolution-geometry.ts';
import { depthwiseForward, depthwiseGradInput, depthwiseGradWeight } from './depthwise-kernels.ts';
import type { Epilogue } from './epilogue.ts';
import { type ProductSizes, product } from './matrix-product.ts';
import { productGradInput, productGradWeight } from './matrix-product-gradients.ts';
import { windowForward, windowGradInput, windowGradWeight } from './window-kernels.ts';

/**
 * A convolution of known sizes, which runs on the fastest kernels that support it: a pointwise one as a matrix product,
 * one with one filter per channel on the depthwise kernels, and all others on the kernels for windows.
 */
export interface ConvolutionPlan {
  /** name of the op, for labels */
  label: string;
  geometry: ConvolutionGeometry;
  /** output channels */
  outputs: number;
  groups: number;
  isDepthwise: boolean;
  /** sizes of the matrix product; null if the convolution is not pointwise */
  product: ProductSizes | null;
}

/** Buffers of a matrix product with batch norm, a residual and gates; an adapter may have only eight. */
const GATED_BUFFERS = 9;

/** Plans a convolution with `outputs` output channels in `groups` groups. */
export function planConvolution(
  label: string,
  geometry: ConvolutionGeometry,
  outputs: number,
  groups: number,
): ConvolutionPlan {
  const { batch, height, width, channels, outHeight, outWidth, kernel, stride, padding, dilation } = geometry;
  const isDepthwise = groups === channels && outputs === channels && dilation[0] === 1 && dilation[1] === 1;
  const isPointwise =
    groups === 1 &&
    [...kernel, ...stride].every((n) => n === 1) &&
    padding.every((n) => n === 0) &&
    outHeight === height &&
    outWidth === width;
  // rows = pixels: y = x w
  const product = isPointwise ? { rows: batch * height * width, inner: channels, columns: outputs } : null;
  return { label, geometry, outputs, groups, isDepthwise: isDepthwise && !isPointwise, product };
}

/** Runs a planned convolution and adds it to the tape. */
export function convolve(plan: ConvolutionPlan, x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const { label } = plan;
  checkBias(label, bias, plan.outputs);
  const y = resultOf(plan, x);
  convolutionForward(label, plan, x, weight, bias, y, null);
  return differentiable(label, y, bias ? [x, weight, bias] : [x, weight], (save) => {
    // x is needed only for the weight's gradient, and the weight only for the gradient of x
    const savedX = weight.requiresGrad ? save(x) : null;
    const savedWeight = x.requiresGrad ? save(weight) : null;
    const hasBias = bias !== null;
    return (dy, slots, gradients) => {
      // the weight's gradient is the last use of x, whose memory the gradient of x can then use
      const dw = slots.fill(1, (dw) => gradients.convolutionWeight(plan, savedX as Tensor, dy, dw));
      return [
        slots.wants(0) ? gradients.convolutionInput(plan, dy, savedWeight as Tensor, slots) : null,
        dw,
        hasBias ? slots.fill(2, (db) => gradients.columnSum(`${label} bias gradient`, dy, db)) : null,
      ];
    };
  });
}

/**
 * Runs a planned convolution, batch norm in evaluation mode, an activation and an optional residual in one pass. For
 * inference: it is not taped. Returns null if no kernel supports this for these sizes.
 */
export function convolveFused(
  plan: ConvolutionPlan,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  epilogue: Epilogue,
): Tensor | null {
  const { product, outputs } = plan;
  const { residual, gates } = epilogue;
  const isExtra = residual || gates;
  if (product ? isExtra && (bias || outputs % 4 !== 0) : bias || isExtra) return null;
  if (gates && x.device.limits.maxStorageBuffersPerShaderStage < GATED_BUFFERS) return null;
  const y = resultOf(plan, x);
  convolutionForward(plan.label, plan, x, weight, bias, y, epilogue);
  return y;
}

function resultOf({ label, geometry, outputs }: ConvolutionPlan, x: Tensor): Tensor {
  const { batch, outHeight, outWidth } = geometry;
  return empty(x.device, [batch, outHeight, outWidth, outputs], x.dtype, label);
}

/** Computes y: x correlated with weight, plus bias. */
export function convolutionForward(
  label: string,
  plan: ConvolutionPlan,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  y: Tensor,
  epilogue: Epilogue | null,
): void {
  const { geometry } = plan;
  if (plan.product) {
    product(label, { x, w: weight, bias, y, epilogue }, plan.product);
  } else if (plan.isDepthwise) {
    depthwiseForward(label, geometry, { x, weight, bias, y, epilogue });
  } else {
    const { device } = x;
    const division = device.patches?.(plan, device);
    if (division) {
      const { kernel, spec, rows, inner, columns } = division;
      const patches = empty(device, [rows, inner], x.dtype);
      const padded = empty(device, [inner, columns]);
      device.dispatch(kernel, { ...spec, label, bind: { x, weight, patches, padded } });
      product(
        label,
        { x: patches, w: weight.size < padded.size ? padded : weight, bias, y, epilogue },
        division,
      );
      patches.dispose();
      padded.dispose();
    } else {
      windowForward(label, plan, x, weight, bias, y, epilogue);
    }
  }
}

/** Computes the gradient of x; called through `ops/gradients.ts`. */
export function convolutionGradInput(
  plan: ConvolutionPlan,
  dy: Tensor,
  weight: Tensor,
  slots: GradientSlots,
): Tensor {
  const dx = slots.output(0);
  const plus = plan.product && plan.geometry.channels % 4 === 0 ? slots.take(0) : null;
  convolutionTransposed(`${plan.label} input gradient`, plan, dy, weight, dx, plus);
  return dx;
}

/** Computes dx, the gradient of the input; `plus` is added to it, and must be null unless the plan is a product. */
export function convolutionTransposed(
  label: string,
  plan: ConvolutionPlan,
  dy: Tensor,
  weight: Tensor,
  dx: Tensor,
  plus: Tensor | null,
): void {
  if (plan.product) productGradInput(label, { dy, w: weight, dx, plus }, plan.product);
  else if (plan.isDepthwise) depthwiseGradInput(label, plan.geometry, dy, weight, dx);
  else windowGradInput(label, plan, dy, weight, dx);
}

/** Computes the gradient of the weight; called through `ops/gradients.ts`. */
export function convolutionGradWeight(plan: ConvolutionPlan, x: Tensor, dy: Tensor, dw: Tensor): void {
  const label = `${plan.label} weight gradient`;
  if (plan.product) productGradWeight(label, { x, dy, dw }, plan.product);
  else if (plan.isDepthwise) depthwiseGradWeight(label, plan.geometry, x, dy, dw);
  else windowGradWeight(label, plan, x, dy, dw);
}
