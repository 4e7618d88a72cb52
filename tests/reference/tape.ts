/**
 * A float64 reverse-mode tape, just sufficient for the whole network. Every operation is a forward loop of
 * ./ops with a hand-written backward loop, which reference.test.ts checks against central differences.
 */
export { batchNorm } from './tape/batch-norm.ts';
export { conv2d, depthwiseConv2d, linear } from './tape/convolution.ts';
export {
  add,
  apply,
  combine,
  concat,
  hardSigmoid,
  hardSwish,
  mul,
  relu,
  reshape,
  sigmoid,
  slice,
} from './tape/elementwise.ts';
export { groupNorm, layerNorm } from './tape/group-norm.ts';
export { centerLoss, crossEntropy } from './tape/loss.ts';
export {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool2d,
  avgPoolAxis,
  globalAvgPool,
  maxPool2d,
  maxPoolAxis,
} from './tape/pool.ts';
export { Value } from './tape/value.ts';
