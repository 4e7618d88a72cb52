import { activationInfos } from './activation.ts';
import { axisPoolInfo } from './axis-pool.ts';
import { batchNormInfo } from './batch-norm.ts';
import { binaryInfos } from './binary.ts';
import { broadcastInfos } from './broadcast.ts';
import { castInfo } from './cast.ts';
import { centerLossInfo } from './center-loss.ts';
import { channelGateInfo } from './channel-gate.ts';
import { channelShuffleInfo } from './channel-shuffle.ts';
import { clampInfo } from './clamp.ts';
import { compareInfos } from './compare.ts';
import { concatInfo } from './concat.ts';
import { convTranspose2dInfo } from './conv-transpose2d.ts';
import { conv2dInfo } from './conv2d.ts';
import { coordinateGateInfo } from './coordinate-gate.ts';
import { coordinatePoolInfo } from './coordinate-pool.ts';
import { crossEntropyInfo } from './cross-entropy.ts';
import { depthwiseConv2dInfo } from './depthwise-conv2d.ts';
import { dropoutInfo } from './dropout.ts';
import { extremumInfos } from './extremum.ts';
import { flipInfo } from './flip.ts';
import { gatherInfo } from './gather.ts';
import { gatherAxisInfos } from './gather-axis.ts';
import { globalAvgPoolInfo } from './global-avg-pool.ts';
import { groupNormInfos } from './group-norm.ts';
import { interpolateInfo } from './interpolate.ts';
import { linearInfo, matmulInfo } from './matmul.ts';
import { oneHotInfo } from './one-hot.ts';
import type { OpInfo } from './op-info.ts';
import { padInfo } from './pad.ts';
import { pairLossInfos } from './pair-loss.ts';
import { permuteInfos } from './permute.ts';
import { pool2dInfos } from './pool2d.ts';
import { powInfo } from './pow.ts';
import { reduceInfos } from './reduce.ts';
import { reshapeInfo } from './reshape.ts';
import { roundingInfos } from './rounding.ts';
import { scanInfos } from './scan.ts';
import { sineInfos } from './sine.ts';
import { sliceInfo } from './slice.ts';
import { softmaxInfos } from './softmax.ts';
import { sortInfos } from './sort.ts';
import { splitInfos } from './split.ts';
import { topkInfo } from './topk.ts';
import { unaryInfos } from './unary.ts';
import { varianceInfos } from './variance.ts';
import { whereInfo } from './where.ts';

/** All ops, by file. A test fails for an op without an export, a description or a check against a reference. */
export const OPS: readonly OpInfo[] = [
  ...activationInfos,
  axisPoolInfo,
  batchNormInfo,
  ...binaryInfos,
  castInfo,
  clampInfo,
  centerLossInfo,
  channelGateInfo,
  channelShuffleInfo,
  ...compareInfos,
  concatInfo,
  conv2dInfo,
  convTranspose2dInfo,
  coordinateGateInfo,
  coordinatePoolInfo,
  crossEntropyInfo,
  depthwiseConv2dInfo,
  dropoutInfo,
  ...broadcastInfos,
  ...extremumInfos,
  flipInfo,
  gatherInfo,
  ...gatherAxisInfos,
  globalAvgPoolInfo,
  ...groupNormInfos,
  interpolateInfo,
  linearInfo,
  matmulInfo,
  oneHotInfo,
  padInfo,
  ...pairLossInfos,
  ...permuteInfos,
  ...pool2dInfos,
  powInfo,
  ...reduceInfos,
  reshapeInfo,
  ...roundingInfos,
  ...scanInfos,
  ...sineInfos,
  sliceInfo,
  ...softmaxInfos,
  ...sortInfos,
  ...splitInfos,
  topkInfo,
  ...unaryInfos,
  ...varianceInfos,
  whereInfo,
];
