/**
 * The kernels that only number their threads, so that their workgroup size is a variant. Names, since an import of the kernels
 * would add all their texts to a program that only reads a table.
 */
export const FLAT_KERNELS: ReadonlySet<string> = new Set([
  'accumulate',
  'activation',
  'activation_grad',
  'adam',
  'adam_advance',
  'arg_max',
  'batch_norm_apply',
  'batch_norm_grad_input',
  'batch_norm_grad_partial',
  'batch_norm_grad_sum',
  'batch_norm_moments',
  'batch_norm_running',
  'batch_norm_statistics',
  'binary',
  'blaze_shortcut',
  'cast',
  'channel_gate',
  'channel_gate_grad',
  'column_sum_partial',
  'compare',
  'conv2d',
  'conv2d_grad_input',
  'conv2d_grad_weight_partial',
  'conv2d_patches',
  'coordinate_gate',
  'coordinate_gate_grad',
  'coordinate_gates',
  'coordinate_gates_grad_input',
  'coordinate_gates_grad_weight',
  'coordinate_pool',
  'coordinate_pool_grad',
  'cross_entropy_grad',
  'cumsum',
  'decode_faces',
  'depthwise',
  'depthwise_grad_input',
  'depthwise_grad_weight_partial',
  'dropout',
  'fill',
  'gather_axis',
  'gather_rows',
  'gather_rows_grad',
  'global_avg_pool',
  'global_avg_pool_grad',
  'matmul',
  'matmul_tn_partial_vec4',
  'matmul_vec4',
  'mixup',
  'move_average',
  'move_centers',
  'normal_draw',
  'one_hot',
  'pair_loss',
  'pair_loss_grad',
  'pool2d',
  'pool2d_grad',
  'prod_grad',
  'random',
  'reduce',
  'resample',
  'resample_grad',
  'resize_frame',
  'resize_normalize',
  'rmsprop',
  'rounding',
  'sam_ascend',
  'scatter_axis',
  'sgd',
  'softmax',
  'softmax_grad',
  'sort_step',
  'strided_copy',
  'sum_partials',
  'sum_squares_partial',
  'transpose',
  'unary',
  'unary_grad',
  'where',
]);

/** The prefix of families of other flat kernels, which a program defines itself. */
const CUSTOM = 'custom_';

/** Returns the family of a flat kernel: `flat_unary`, `custom_softsign`. Undefined for a name that a key cannot contain. */
export function flatFamily(name: string): string | undefined {
  if (FLAT_KERNELS.has(name)) return `flat_${name}`;
  return /^\w+$/.test(name) ? `${CUSTOM}${name}` : undefined;
}

/** Returns whether a flat kernel can have this family. */
export function isFlatFamily(family: string): boolean {
  return family.startsWith('flat_') ? FLAT_KERNELS.has(family.slice(5)) : /^custom_\w+$/.test(family);
}
