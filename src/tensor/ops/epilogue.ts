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
