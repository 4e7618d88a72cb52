import { batchNormGradients } from './batch-norm-kernels.ts';
import { channelGateGradient } from './channel-gate.ts';
import { convolutionGradInput, convolutionGradWeight } from './convolution.ts';
import { coordinateGateGradients } from './coordinate-gate.ts';
import { coordinatePoolGradient } from './coordinate-pool.ts';
import { globalAvgPoolGradient } from './global-avg-pool.ts';
import { productGradInput, productGradWeight } from './matrix-product-gradients.ts';
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
  convolutionInput: convolutionGradInput,
  convolutionWeight: convolutionGradWeight,
  coordinateGate: coordinateGateGradients,
  coordinatePool: coordinatePoolGradient,
  globalAvgPool: globalAvgPoolGradient,
  productInput: productGradInput,
  productWeight: productGradWeight,
  unary: unaryGradient,
} as const;
