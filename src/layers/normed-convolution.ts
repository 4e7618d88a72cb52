import type { Tensor } from '../tensor/tensor.ts';
import type { BatchNorm2d } from './batch-norm2d.ts';
import type { Conv2d } from './conv2d.ts';
import type { DepthwiseConv2d } from './depthwise-conv2d.ts';
import { isTaped } from './frozen.ts';

/**
 * Returns act(norm(conv(x))), plus `residual` of the same shape if given. In evaluation mode, when nothing is taped, norm
 * and activation are fused into the convolution, and so is the residual where a kernel supports it.
 */
export function normedConvolution(
  conv: Conv2d | DepthwiseConv2d,
  norm: BatchNorm2d,
  x: Tensor,
  residual?: Tensor,
): Tensor {
  const fused = fusedConvolution(conv, norm, x, residual);
  if (fused) return fused;
  return residual ? norm.call(conv.call(x), residual) : norm.call(conv.call(x));
}

/**
 * Returns act(norm(conv(x times `gates`))), plus `residual` if given, in one dispatch; null in training mode, when something is
 * taped, and where no kernel supports it. `gates` are those of `attentionGates`.
 */
export function fusedConvolution(
  conv: Conv2d | DepthwiseConv2d,
  norm: BatchNorm2d,
  x: Tensor,
  residual?: Tensor,
  gates?: Tensor,
): Tensor | null {
  const epilogue = norm.epilogue();
  if (!epilogue || isTaped(conv, x, residual) || isTaped(norm)) return null;
  return conv.fused(x, { ...epilogue, residual: residual ?? null, gates: gates ?? null });
}
