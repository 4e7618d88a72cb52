import batch_norm_grad_sum_group from './wgsl/batch_norm_grad_sum_group.wgsl';
import batch_norm_statistics_group from './wgsl/batch_norm_statistics_group.wgsl';
import channel_gate_grad_group from './wgsl/channel_gate_grad_group.wgsl';
import column_sum_group from './wgsl/column_sum_group.wgsl';
import conv2d_split from './wgsl/conv2d_split.wgsl';
import coordinate_gates_grad_input_group from './wgsl/coordinate_gates_grad_input_group.wgsl';
import depthwise_patch from './wgsl/depthwise_patch.wgsl';
import matmul_split from './wgsl/matmul_split.wgsl';
import matmul_tiled from './wgsl/matmul_tiled.wgsl';
import matmul_tn_tiled_partial from './wgsl/matmul_tn_tiled_partial.wgsl';
import softmax_group from './wgsl/softmax_group.wgsl';
import sum_group from './wgsl/sum_group.wgsl';
import sum_subgroup from './wgsl/sum_subgroup.wgsl';

/**
 * The texts of the kernels that GPUs prefer, by name; the others are in `index.ts`. They are loaded on demand
 * (`tensor/variants/gpu-rules.ts`).
 */
export const VARIANT_TEXTS = {
  batch_norm_grad_sum_group,
  batch_norm_statistics_group,
  channel_gate_grad_group,
  column_sum_group,
  conv2d_split,
  coordinate_gates_grad_input_group,
  depthwise_patch,
  matmul_split,
  matmul_tiled,
  matmul_tn_tiled_partial,
  softmax_group,
  sum_group,
  sum_subgroup,
};
