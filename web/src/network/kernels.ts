// Which kernel computed an operator, and the line of it that does the arithmetic.
import { type Device, type Kernel, noGrad, scope } from 'feathergrad';
import type { Step } from './trace.ts';

/** The line of a kernel that adds a product, takes a maximum or applies a gate. */
export const MARKS: Record<string, string | RegExp> = {
  activation: 'y[i] = select(r, v, isNan(v))',
  batch_norm_apply: 'activate(fma(x[at] - mean, factor, shift))',
  channel_gate: 'y[at] = Stored(Vec(x[at]) * scale)',
  conv2d: 'near[b] += value[b] * wl',
  coordinate_gate: 'y[at] = Stored(Vec(x[at]) * byRow',
  depthwise: 's = fma(pixel[',
  global_avg_pool: 'part += Vec(x[first',
  matmul: 'left[r] += value * bl',
  matmul_subgroup: 'return fma(v.xxxx, m[0]',
  matmul_vec4: 'sum[r * COLUMNS + c] += value * four[c]',
  pool2d: /sum \+= value|largest = select/,
  unary: 'y[i] = select(r, v, isNan(v))',
};

/** Runs an operator again and returns the names of the kernels that it dispatches, in order. */
export async function kernelsOf(device: Device, { module, input }: Step): Promise<string[]> {
  const names: string[] = [];
  const dispatch = device.dispatch;
  device.dispatch = (kernel: Kernel, spec) => {
    names.push(kernel.name);
    dispatch.call(device, kernel, spec);
  };
  try {
    scope(() => noGrad(() => module.call(input))).dispose();
  } finally {
    Reflect.deleteProperty(device, 'dispatch'); // the method of the class again
  }
  await device.sync();
  return names;
}
