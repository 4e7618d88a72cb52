import type { Tensor } from '../tensor.ts';
import { ACTIVATIONS, type Activation } from './batch-norm.ts';

/** Batch norm in evaluation: four vectors of one number a channel. */
export interface Norm {
  gamma: Tensor;
  beta: Tensor;
  mean: Tensor;
  variance: Tensor;
  eps: number;
}

/** What a convolution does with its sums before it stores them, at inference. */
export interface Epilogue {
  norm: Norm | null;
  activation: Activation;
  /** how often the convolution's own bias is added, once when left out */
  biasTimes?: number;
  /** of the result's shape; added last. Only matrix products take it */
  residual?: Tensor | null;
}

/** How a kernel with an epilogue is told of it; `unused` fills the bindings that it then does not read. */
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
