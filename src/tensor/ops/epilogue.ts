import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { ACTIVATIONS, type Activation } from './batch-norm.ts';

/** Batch norm in evaluation mode: four vectors with one number per channel. */
export interface Norm {
  gamma: Tensor;
  beta: Tensor;
  mean: Tensor;
  variance: Tensor;
  eps: number;
}

/** Operations that a convolution applies to its sums before it stores them, at inference. */
export interface Epilogue {
  norm: Norm | null;
  activation: Activation;
  /** multiplier of the convolution's bias (default 1) */
  biasTimes?: number;
  /** added last; has the shape of the result. Only matrix products support it */
  residual?: Tensor | null;
  /** multiplies the input, before everything else; see `attentionGates`. Only matrix products support it */
  gates?: Tensor | null;
}

/** Bindings, constants and params of the gates of [N, H, W, C] images; see `attentionGates`. */
export function gatesSpec(gates: Tensor | null | undefined, [, h = 1, w = 1]: Shape) {
  const bind: Record<string, Tensor> = gates ? { gate: gates } : {};
  if (!gates) return { bind, defines: { GATES: 0 }, params: { height: 1, width: 1 } };
  // squeeze-excitation has one gate per image, coordinate attention one per row and one per column
  const isStrips = gates.shape[1] !== 1;
  return {
    bind,
    defines: { GATES: isStrips ? 2 : 1 },
    params: isStrips ? { height: h, width: w } : { height: 1, width: h * w },
  };
}

/** Bindings, overrides and params of an epilogue; `unused` fills the bindings that the kernel does not read. */
export function epilogueSpec(epilogue: Epilogue | null, bias: Tensor | null, unused: Tensor) {
  const norm = epilogue?.norm;
  return {
    bind: {
      bias: norm?.beta ?? bias ?? unused,
      gamma: norm?.gamma ?? unused,
      mean: norm?.mean ?? unused,
      variance: norm?.variance ?? unused,
    },
    overrides: {
      HAS_BIAS: bias ? 1 : 0,
      NORM: norm ? 1 : 0,
      ACTIVATION: ACTIVATIONS.indexOf(epilogue?.activation ?? 'none'),
    },
    params: { eps: norm?.eps ?? 0 },
  };
}
