/**
 * The table of kernels: one line per WGSL file. Each file in wgsl/ can be read by itself; its head states
 * the formula, the layouts, the work of one thread, the bytes that it moves and its float64 reference.
 */
import { Kernel } from '../gpu/kernel.ts';
import accumulateText from './wgsl/accumulate.wgsl';
import activationText from './wgsl/activation.wgsl';
import activationGradText from './wgsl/activation_grad.wgsl';
import adamText from './wgsl/adam.wgsl';
import adamAdvanceText from './wgsl/adam_advance.wgsl';
import argMaxText from './wgsl/arg_max.wgsl';
import attentionGatesText from './wgsl/attention_gates.wgsl';
import augmentText from './wgsl/augment.wgsl';
import batchNormApplyText from './wgsl/batch_norm_apply.wgsl';
import batchNormGradGroupText from './wgsl/batch_norm_grad_group.wgsl';
import batchNormGradInputText from './wgsl/batch_norm_grad_input.wgsl';
import batchNormGradPartialText from './wgsl/batch_norm_grad_partial.wgsl';
import batchNormGradSumText from './wgsl/batch_norm_grad_sum.wgsl';
import batchNormGroupText from './wgsl/batch_norm_group.wgsl';
import batchNormMomentsText from './wgsl/batch_norm_moments.wgsl';
import batchNormRunningText from './wgsl/batch_norm_running.wgsl';
import batchNormStatisticsText from './wgsl/batch_norm_statistics.wgsl';
import binaryText from './wgsl/binary.wgsl';
import blazeShortcutText from './wgsl/blaze_shortcut.wgsl';
import castText from './wgsl/cast.wgsl';
import centerLossText from './wgsl/center_loss.wgsl';
import channelGateText from './wgsl/channel_gate.wgsl';
import channelGateGradText from './wgsl/channel_gate_grad.wgsl';
import columnSumPartialText from './wgsl/column_sum_partial.wgsl';
import compareText from './wgsl/compare.wgsl';
import conv2dText from './wgsl/conv2d.wgsl';
import conv2dGradInputText from './wgsl/conv2d_grad_input.wgsl';
import conv2dGradWeightPartialText from './wgsl/conv2d_grad_weight_partial.wgsl';
import coordinateGateText from './wgsl/coordinate_gate.wgsl';
import coordinateGateGradText from './wgsl/coordinate_gate_grad.wgsl';
import coordinateGatesText from './wgsl/coordinate_gates.wgsl';
import coordinateGatesGradInputText from './wgsl/coordinate_gates_grad_input.wgsl';
import coordinateGatesGradWeightText from './wgsl/coordinate_gates_grad_weight.wgsl';
import coordinatePoolText from './wgsl/coordinate_pool.wgsl';
import coordinatePoolGradText from './wgsl/coordinate_pool_grad.wgsl';
import countBatchText from './wgsl/count_batch.wgsl';
import counterAdvanceText from './wgsl/counter_advance.wgsl';
import crossEntropyText from './wgsl/cross_entropy.wgsl';
import crossEntropyGradText from './wgsl/cross_entropy_grad.wgsl';
import cumsumText from './wgsl/cumsum.wgsl';
import decodeFacesText from './wgsl/decode_faces.wgsl';
import depthwiseText from './wgsl/depthwise.wgsl';
import depthwiseGradInputText from './wgsl/depthwise_grad_input.wgsl';
import depthwiseGradWeightPartialText from './wgsl/depthwise_grad_weight_partial.wgsl';
import drawFacesText from './wgsl/draw_faces.wgsl';
import dropoutText from './wgsl/dropout.wgsl';
import fillText from './wgsl/fill.wgsl';
import gatherAxisText from './wgsl/gather_axis.wgsl';
import gatherRowsText from './wgsl/gather_rows.wgsl';
import gatherRowsGradText from './wgsl/gather_rows_grad.wgsl';
import globalAvgPoolText from './wgsl/global_avg_pool.wgsl';
import globalAvgPoolGradText from './wgsl/global_avg_pool_grad.wgsl';
import gradientGuardText from './wgsl/gradient_guard.wgsl';
import groupNormText from './wgsl/group_norm.wgsl';
import groupNormGradText from './wgsl/group_norm_grad.wgsl';
import matmulText from './wgsl/matmul.wgsl';
import matmulSubgroupText from './wgsl/matmul_subgroup.wgsl';
import matmulTnPartialVec4Text from './wgsl/matmul_tn_partial_vec4.wgsl';
import matmulTnSubgroupPartialText from './wgsl/matmul_tn_subgroup_partial.wgsl';
import matmulVec4Text from './wgsl/matmul_vec4.wgsl';
import mixupText from './wgsl/mixup.wgsl';
import moveAverageText from './wgsl/move_average.wgsl';
import moveCentersText from './wgsl/move_centers.wgsl';
import normalDrawText from './wgsl/normal_draw.wgsl';
import oneHotText from './wgsl/one_hot.wgsl';
import pairLossText from './wgsl/pair_loss.wgsl';
import pairLossGradText from './wgsl/pair_loss_grad.wgsl';
import pool2dText from './wgsl/pool2d.wgsl';
import pool2dGradText from './wgsl/pool2d_grad.wgsl';
import powText from './wgsl/pow.wgsl';
import prodGradText from './wgsl/prod_grad.wgsl';
import randomText from './wgsl/random.wgsl';
import reduceText from './wgsl/reduce.wgsl';
import resampleText from './wgsl/resample.wgsl';
import resampleGradText from './wgsl/resample_grad.wgsl';
import resizeFrameText from './wgsl/resize_frame.wgsl';
import resizeNormalizeText from './wgsl/resize_normalize.wgsl';
import rmspropText from './wgsl/rmsprop.wgsl';
import roundingText from './wgsl/rounding.wgsl';
import samAscendText from './wgsl/sam_ascend.wgsl';
import scatterAxisText from './wgsl/scatter_axis.wgsl';
import sgdText from './wgsl/sgd.wgsl';
import sineText from './wgsl/sine.wgsl';
import softmaxText from './wgsl/softmax.wgsl';
import softmaxGradText from './wgsl/softmax_grad.wgsl';
import sortStepText from './wgsl/sort_step.wgsl';
import stridedCopyText from './wgsl/strided_copy.wgsl';
import sumPartialsText from './wgsl/sum_partials.wgsl';
import sumSquaresPartialText from './wgsl/sum_squares_partial.wgsl';
import topKText from './wgsl/top_k.wgsl';
import transposeText from './wgsl/transpose.wgsl';
import unaryText from './wgsl/unary.wgsl';
import unaryGradText from './wgsl/unary_grad.wgsl';
import whereText from './wgsl/where.wgsl';

export const accumulate = /* @__PURE__ */ new Kernel('accumulate', accumulateText);
export const activation = /* @__PURE__ */ new Kernel('activation', activationText);
export const activationGrad = /* @__PURE__ */ new Kernel('activation_grad', activationGradText);
export const adam = /* @__PURE__ */ new Kernel('adam', adamText);
export const adamAdvance = /* @__PURE__ */ new Kernel('adam_advance', adamAdvanceText);
export const argMax = /* @__PURE__ */ new Kernel('arg_max', argMaxText);
export const attentionGates = /* @__PURE__ */ new Kernel('attention_gates', attentionGatesText);
export const augment = /* @__PURE__ */ new Kernel('augment', augmentText);
export const batchNormApply = /* @__PURE__ */ new Kernel('batch_norm_apply', batchNormApplyText);
export const batchNormGradGroup = /* @__PURE__ */ new Kernel('batch_norm_grad_group', batchNormGradGroupText);
export const batchNormGradInput = /* @__PURE__ */ new Kernel('batch_norm_grad_input', batchNormGradInputText);
export const batchNormGradPartial = /* @__PURE__ */ new Kernel(
  'batch_norm_grad_partial',
  batchNormGradPartialText,
);
export const batchNormGradSum = /* @__PURE__ */ new Kernel('batch_norm_grad_sum', batchNormGradSumText);
export const batchNormGroup = /* @__PURE__ */ new Kernel('batch_norm_group', batchNormGroupText);
export const batchNormMoments = /* @__PURE__ */ new Kernel('batch_norm_moments', batchNormMomentsText);
export const batchNormRunning = /* @__PURE__ */ new Kernel('batch_norm_running', batchNormRunningText);
export const batchNormStatistics = /* @__PURE__ */ new Kernel(
  'batch_norm_statistics',
  batchNormStatisticsText,
);
export const binary = /* @__PURE__ */ new Kernel('binary', binaryText);
export const blazeShortcut = /* @__PURE__ */ new Kernel('blaze_shortcut', blazeShortcutText);
export const cast = /* @__PURE__ */ new Kernel('cast', castText);
export const centerLoss = /* @__PURE__ */ new Kernel('center_loss', centerLossText);
export const channelGate = /* @__PURE__ */ new Kernel('channel_gate', channelGateText);
export const channelGateGrad = /* @__PURE__ */ new Kernel('channel_gate_grad', channelGateGradText);
export const columnSumPartial = /* @__PURE__ */ new Kernel('column_sum_partial', columnSumPartialText);
export const compare = /* @__PURE__ */ new Kernel('compare', compareText);
export const conv2d = /* @__PURE__ */ new Kernel('conv2d', conv2dText);
export const conv2dGradInput = /* @__PURE__ */ new Kernel('conv2d_grad_input', conv2dGradInputText);
export const conv2dGradWeightPartial = /* @__PURE__ */ new Kernel(
  'conv2d_grad_weight_partial',
  conv2dGradWeightPartialText,
);
export const coordinateGate = /* @__PURE__ */ new Kernel('coordinate_gate', coordinateGateText);
export const coordinateGateGrad = /* @__PURE__ */ new Kernel('coordinate_gate_grad', coordinateGateGradText);
export const coordinateGates = /* @__PURE__ */ new Kernel('coordinate_gates', coordinateGatesText);
export const coordinateGatesGradInput = /* @__PURE__ */ new Kernel(
  'coordinate_gates_grad_input',
  coordinateGatesGradInputText,
);
export const coordinateGatesGradWeight = /* @__PURE__ */ new Kernel(
  'coordinate_gates_grad_weight',
  coordinateGatesGradWeightText,
);
export const coordinatePool = /* @__PURE__ */ new Kernel('coordinate_pool', coordinatePoolText);
export const coordinatePoolGrad = /* @__PURE__ */ new Kernel('coordinate_pool_grad', coordinatePoolGradText);
export const countBatch = /* @__PURE__ */ new Kernel('count_batch', countBatchText);
export const counterAdvance = /* @__PURE__ */ new Kernel('counter_advance', counterAdvanceText);
export const crossEntropy = /* @__PURE__ */ new Kernel('cross_entropy', crossEntropyText);
export const crossEntropyGrad = /* @__PURE__ */ new Kernel('cross_entropy_grad', crossEntropyGradText);
export const cumsum = /* @__PURE__ */ new Kernel('cumsum', cumsumText);
export const decodeFaces = /* @__PURE__ */ new Kernel('decode_faces', decodeFacesText);
export const depthwise = /* @__PURE__ */ new Kernel('depthwise', depthwiseText);
export const depthwiseGradInput = /* @__PURE__ */ new Kernel('depthwise_grad_input', depthwiseGradInputText);
export const depthwiseGradWeightPartial = /* @__PURE__ */ new Kernel(
  'depthwise_grad_weight_partial',
  depthwiseGradWeightPartialText,
);
export const drawFaces = /* @__PURE__ */ new Kernel('draw_faces', drawFacesText);
export const dropout = /* @__PURE__ */ new Kernel('dropout', dropoutText);
export const fill = /* @__PURE__ */ new Kernel('fill', fillText);
export const gatherAxis = /* @__PURE__ */ new Kernel('gather_axis', gatherAxisText);
export const gatherRows = /* @__PURE__ */ new Kernel('gather_rows', gatherRowsText);
export const gatherRowsGrad = /* @__PURE__ */ new Kernel('gather_rows_grad', gatherRowsGradText);
export const globalAvgPool = /* @__PURE__ */ new Kernel('global_avg_pool', globalAvgPoolText);
export const globalAvgPoolGrad = /* @__PURE__ */ new Kernel('global_avg_pool_grad', globalAvgPoolGradText);
export const gradientGuard = /* @__PURE__ */ new Kernel('gradient_guard', gradientGuardText);
export const groupNorm = /* @__PURE__ */ new Kernel('group_norm', groupNormText);
export const groupNormGrad = /* @__PURE__ */ new Kernel('group_norm_grad', groupNormGradText);
export const matmul = /* @__PURE__ */ new Kernel('matmul', matmulText);
export const matmulSubgroup = /* @__PURE__ */ new Kernel('matmul_subgroup', matmulSubgroupText);
export const matmulTnSubgroupPartial = /* @__PURE__ */ new Kernel(
  'matmul_tn_subgroup_partial',
  matmulTnSubgroupPartialText,
);
export const matmulTnPartialVec4 = /* @__PURE__ */ new Kernel(
  'matmul_tn_partial_vec4',
  matmulTnPartialVec4Text,
);
export const matmulVec4 = /* @__PURE__ */ new Kernel('matmul_vec4', matmulVec4Text);
export const mixup = /* @__PURE__ */ new Kernel('mixup', mixupText);
export const moveAverage = /* @__PURE__ */ new Kernel('move_average', moveAverageText);
export const moveCenters = /* @__PURE__ */ new Kernel('move_centers', moveCentersText);
export const normalDraw = /* @__PURE__ */ new Kernel('normal_draw', normalDrawText);
export const oneHot = /* @__PURE__ */ new Kernel('one_hot', oneHotText);
export const pairLoss = /* @__PURE__ */ new Kernel('pair_loss', pairLossText);
export const pairLossGrad = /* @__PURE__ */ new Kernel('pair_loss_grad', pairLossGradText);
export const pool2d = /* @__PURE__ */ new Kernel('pool2d', pool2dText);
export const pool2dGrad = /* @__PURE__ */ new Kernel('pool2d_grad', pool2dGradText);
export const pow = /* @__PURE__ */ new Kernel('pow', powText);
export const prodGrad = /* @__PURE__ */ new Kernel('prod_grad', prodGradText);
export const random = /* @__PURE__ */ new Kernel('random', randomText);
export const reduce = /* @__PURE__ */ new Kernel('reduce', reduceText);
export const resample = /* @__PURE__ */ new Kernel('resample', resampleText);
export const resampleGrad = /* @__PURE__ */ new Kernel('resample_grad', resampleGradText);
export const resizeFrame = /* @__PURE__ */ new Kernel('resize_frame', resizeFrameText);
export const resizeNormalize = /* @__PURE__ */ new Kernel('resize_normalize', resizeNormalizeText);
export const rmsprop = /* @__PURE__ */ new Kernel('rmsprop', rmspropText);
export const rounding = /* @__PURE__ */ new Kernel('rounding', roundingText);
export const samAscend = /* @__PURE__ */ new Kernel('sam_ascend', samAscendText);
export const scatterAxis = /* @__PURE__ */ new Kernel('scatter_axis', scatterAxisText);
export const sgd = /* @__PURE__ */ new Kernel('sgd', sgdText);
export const sine = /* @__PURE__ */ new Kernel('sine', sineText);
export const softmax = /* @__PURE__ */ new Kernel('softmax', softmaxText);
export const softmaxGrad = /* @__PURE__ */ new Kernel('softmax_grad', softmaxGradText);
export const sortStep = /* @__PURE__ */ new Kernel('sort_step', sortStepText);
export const stridedCopy = /* @__PURE__ */ new Kernel('strided_copy', stridedCopyText);
export const sumPartials = /* @__PURE__ */ new Kernel('sum_partials', sumPartialsText);
export const sumSquaresPartial = /* @__PURE__ */ new Kernel('sum_squares_partial', sumSquaresPartialText);
export const topK = /* @__PURE__ */ new Kernel('top_k', topKText);
export const transpose = /* @__PURE__ */ new Kernel('transpose', transposeText);
export const unary = /* @__PURE__ */ new Kernel('unary', unaryText);
export const unaryGrad = /* @__PURE__ */ new Kernel('unary_grad', unaryGradText);
export const where = /* @__PURE__ */ new Kernel('where', whereText);
