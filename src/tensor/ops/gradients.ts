import { batchNormGradients } from './batch-norm.ts';
import { channelGateGradient } from './channel-gate.ts';
import { conv2dGradInput, conv2dGradWeight } from './conv2d.ts';
import { coordinateGateGradients } from './coordinate-gate.ts';
import { coordinatePoolGradient } from './coordinate-pool.ts';
import { depthwiseGradInput, depthwiseGradWeight } from './depthwise-conv2d.ts';
import { globalAvgPoolGradient } from './global-avg-pool.ts';
import { productGradInput, productGradWeight } from './matrix-product.ts';
import { columnSum } from './partial-sums.ts';
import { unaryGradient } from './unary.ts';

/**
 * The gradient functions of the network's operations. `backward()` passes this object to each taped operation. The
 * operations do not import it, so a page that never calls `backward()` does not load the code and kernels of gradients.
 */
export const GRADIENTS = {
  batchNorm: batchNormGradients,
  channelGate: channelGateGradient,
  columnSum,
  conv2dInput: conv2dGradInput,
  conv2dWeight: conv2dGradWeight,
  coordinateGate: coordinateGateGradients,
  coordinatePool: coordinatePoolGradient,
  depthwiseInput: depthwiseGradInput,
  depthwiseWeight: depthwiseGradWeight,
  globalAvgPool: globalAvgPoolGradient,
  productInput: productGradInput,
  productWeight: productGradWeight,
  unary: unaryGradient,
} as const;
