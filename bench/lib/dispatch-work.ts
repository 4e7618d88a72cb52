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
  /** loads from buffers per thread: of a vec4 or a number, as the kernel reads them */
  loadsPerThread: number;
}

/** Multiply-adds above which a dispatch should fill a GPU. */
const MUCH_WORK = 100_000;
const ENOUGH_THREADS = 4096;
const ENOUGH_WORKGROUPS = 16;

/** Returns whether a dispatch has much work, but too few threads for a GPU. */
export const isStarved = ({ macs, threads, workgroups }: DispatchWork): boolean =>
  macs > MUCH_WORK && threads < ENOUGH_THREADS && workgroups < ENOUGH_WORKGROUPS;

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
        const sizes = sizesOf(spec);
        const { macs, loads } = WORK[kernel.name]?.(sizes) ?? { macs: 0, loads: sizes.read / threads };
        works.push({ label, kernel: kernel.name, workgroups, threads, macs, loadsPerThread: loads });
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

/** Params, constants and overrides of a dispatch by name, elements of `y`, and elements of all tensors but `y`. */
type Sizes = Record<string, number> & { y: number; read: number };

function sizesOf({ params = {}, defines = {}, overrides = {}, bind }: DispatchSpec): Sizes {
  const sizes: Sizes = { y: (bind.y?.byteLength ?? 0) / 4, read: 0 };
  const tensors = new Map(Object.entries(bind).map(([name, view]) => [view, name]));
  for (const [view, name] of tensors) if (name !== 'y') sizes.read += view.byteLength / 4;
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
  depthwise: (s) => ({
    macs: s.y * n(s.KERNEL_H) * n(s.KERNEL_W),
    loads:
      ((n(s.tileRows) - 1) * n(s.STRIDE_H) + n(s.KERNEL_H)) *
        ((n(s.TILE_W) - 1) * n(s.STRIDE_W) + n(s.KERNEL_W)) +
      n(s.KERNEL_H) * n(s.KERNEL_W),
  }),
};

const window = (s: Sizes) => n(s.kernelH) * n(s.kernelW) * n(s.groupChannels);

function n(value: number | undefined): number {
  if (value === undefined) throw new Error('dispatch-work: a kernel lacks a size that its formula needs');
  return value;
}
