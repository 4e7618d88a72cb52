import type { Device } from '../../src/gpu/device.ts';
import type { DispatchSpec } from '../../src/gpu/dispatch.ts';
import type { Kernel } from '../../src/gpu/kernel.ts';
import { endUse } from '../../src/gpu/resolver.ts';

/** The size of one recorded dispatch. */
export interface DispatchWork {
  label: string;
  kernel: string;
  workgroups: number;
  threads: number;
  /** multiply-adds of the whole dispatch; 0 for kernels that do little more than load and store */
  macs: number;
  /** elements of the tensors that it reads */
  values: number;
  /** loads from buffers per thread: of a vec4 or a number, as the kernel reads them */
  loadsPerThread: number;
}

/** Multiply-adds, or values read by kernels without, above which a dispatch should fill a GPU. */
const MUCH_WORK = 100_000;
const ENOUGH_THREADS = 4096;
const ENOUGH_WORKGROUPS = 16;

/** Returns whether a dispatch has much work, but too few threads for a GPU. */
export const isStarved = ({ macs, values, threads, workgroups }: DispatchWork): boolean =>
  (macs || values) > MUCH_WORK && threads < ENOUGH_THREADS && workgroups < ENOUGH_WORKGROUPS;

/**
 * Returns the dispatches that `record` would run on the device. Nothing is allocated, compiled or run; `record` must free
 * all tensors that it creates (see `scope`).
 */
export function recordedWork(device: Device, record: () => void): DispatchWork[] {
  const specs: { kernel: Kernel; spec: DispatchSpec }[] = [];
  const works: DispatchWork[] = [];
  const { dispatch } = device;
  device.dispatch = (kernel, spec) => {
    specs.push(device.rules?.replace(kernel, spec, device) ?? { kernel, spec });
    dispatch.call(device, kernel, spec);
  };
  try {
    device.estimate(record, (list) => {
      for (const [i, { groups, entry, label, views }] of list.entries()) {
        for (const { view } of views) endUse(view.storage);
        const { kernel, spec } = specs[i] as (typeof specs)[number];
        const workgroups = groups[0] * groups[1] * groups[2];
        const threads = workgroups * threadsPerWorkgroup(entry.code, spec.overrides ?? {});
        const sizes = sizesOf(kernel, spec, threads);
        const values = sizes.read;
        const { macs, loads } = WORK[kernel.name]?.(sizes) ?? { macs: 0, loads: values / threads };
        works.push({ label, kernel: kernel.name, workgroups, threads, macs, values, loadsPerThread: loads });
      }
      return 0;
    });
  } finally {
    device.dispatch = dispatch;
  }
  return works;
}

/** Evaluates `@workgroup_size` of a kernel's text; its arguments are numbers and names of constants. */
function threadsPerWorkgroup(code: string, overrides: Readonly<Record<string, number>>): number {
  const [, list = ''] = /@workgroup_size\(([^)]*)\)/.exec(code) ?? [];
  const numberOf = (word: string): number => {
    if (/^\d/.test(word)) return Number.parseInt(word, 10);
    const [, value = ''] = new RegExp(`\\b(?:const|override) ${word}\\b[^=]*=\\s*(\\w+)`).exec(code) ?? [];
    return overrides[word] ?? Number.parseInt(value, 10);
  };
  return list
    .split(',')
    .filter((word) => word.trim() !== '')
    .reduce((product, word) => product * numberOf(word.trim()), 1);
}

/**
 * Elements of the tensors of a dispatch by name, then its params, constants and overrides; threads, and elements of all
 * tensors that it only reads.
 */
type Sizes = Record<string, number> & { y: number; read: number; threads: number };

function sizesOf(kernel: Kernel, spec: DispatchSpec, threads: number): Sizes {
  const { params = {}, defines = {}, overrides = {}, bind } = spec;
  const sizes: Sizes = { y: 0, read: 0, threads };
  const counted = new Set<unknown>();
  for (const { name, access } of kernel.bindings) {
    const view = bind[name];
    if (!view) continue;
    sizes[name] = view.byteLength / 4;
    if (access === 'read' && !counted.has(view)) sizes.read += view.byteLength / 4;
    counted.add(view);
  }
  for (const [name, value] of Object.entries({ ...params, ...defines, ...overrides })) {
    if (typeof value === 'number') sizes[name] = value;
  }
  return sizes;
}

/** Multiply-adds, and loads per thread, of the kernels that multiply. */
const WORK: Record<string, (s: Sizes) => { macs: number; loads: number }> = {
  matmul: (s) => ({ macs: s.y * n(s.inner), loads: 16 * n(s.innerChunk) }),
  matmul_vec4: (s) => ({ macs: s.y * n(s.inner), loads: n(s.inner) * ((s.ROWS ?? 8) + (s.COLUMNS ?? 2)) }),
  matmul_subgroup: (s) => ({
    macs: s.y * 4 * n(s.inner4),
    loads: n(s.inner4) * (4 + n(s.ROWS) / n(s.SHARERS)),
  }),
  matmul_split: (s) => ({
    macs: s.y * 4 * n(s.inner4),
    loads: Math.ceil(n(s.inner4) / n(s.PARTS)) * (n(s.ROWS) + 4),
  }),
  // of x and of w, for the tiles of its workgroup
  matmul_tiled: (s) => ({
    macs: s.y * 4 * n(s.inner4),
    loads: n(s.inner4) * (n(s.ROWS) / n(s.ACROSS) + (4 * n(s.COLUMNS)) / n(s.DOWN)),
  }),
  attention_gates: (s) => ({
    macs: 8 * n(s.channels4) * n(s.middle) * (n(s.rows) + n(s.columns)),
    loads: (n(s.channels4) / n(s.THREADS)) * (n(s.width) + 5 * n(s.middle)),
  }),
  conv2d: (s) => ({ macs: s.y * window(s), loads: window(s) * 6 }),
  conv2d_split: (s) => ({
    macs: s.y * window(s),
    loads: Math.ceil(window(s) / n(s.PARTS)) * (n(s.PIXELS) + 1),
  }),
  depthwise: (s) => ({ macs: s.y * taps(s), loads: tileLoads(s) }),
  depthwise_grad_input: (s) => ({ macs: n(s.dx) * taps(s), loads: tileLoads(s) }),
  depthwise_grad_weight_partial: (s) => ({ macs: n(s.dy) * taps(s), loads: s.read / s.threads }),
  conv2d_grad_input: (s) => ({ macs: n(s.dy) * window(s), loads: s.read / s.threads }),
  conv2d_grad_weight_partial: (s) => ({ macs: n(s.dy) * window(s), loads: s.read / s.threads }),
  matmul_tn_partial_vec4: weightGradient,
  matmul_tn_tiled_partial: weightGradient,
  matmul_tn_subgroup_partial: weightGradient,
  coordinate_gates: gates,
  coordinate_gates_grad_input: gates,
  coordinate_gates_grad_input_group: gates,
  coordinate_gates_grad_weight: gates,
  channel_gate_grad: (s) => ({ macs: 2 * n(s.x), loads: s.read / s.threads }),
  channel_gate_grad_group: (s) => ({ macs: 2 * n(s.x), loads: s.read / s.threads }),
  // mean and squared deviations, or sums of the gradient, and the pass that uses them
  batch_norm_group: (s) => ({ macs: 3 * n(s.x), loads: s.read / s.threads }),
  batch_norm_grad_group: (s) => ({ macs: 4 * n(s.x), loads: s.read / s.threads }),
};

const taps = (s: Sizes) => n(s.KERNEL_H) * n(s.KERNEL_W);
const tileLoads = (s: Sizes) =>
  ((n(s.tileRows) - 1) * n(s.STRIDE_H) + n(s.KERNEL_H)) *
    ((n(s.TILE_W) - 1) * n(s.STRIDE_W) + n(s.KERNEL_W)) +
  taps(s);

function weightGradient(s: Sizes): { macs: number; loads: number } {
  return { macs: 16 * n(s.rows) * n(s.inner4) * n(s.columns4), loads: s.read / s.threads };
}

/** A product of the rows and columns of all images with the weights of the gates, or its gradient. */
function gates(s: Sizes): { macs: number; loads: number } {
  const strips = s.strips ?? s.dstrips ?? 0;
  return { macs: 4 * n(s.channels4) * strips, loads: s.read / s.threads };
}

const window = (s: Sizes) => n(s.kernelH) * n(s.kernelW) * n(s.groupChannels);

function n(value: number | undefined): number {
  if (value === undefined) throw new Error('dispatch-work: a kernel lacks a size that its formula needs');
  return value;
}
