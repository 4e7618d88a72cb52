import { anything, boolean, checkOptions, integer, type OptionRules, text } from './check-options.ts';
import { describeValue } from './describe-value.ts';
import type { Device } from './device.ts';
import type { Kernel, ParamValue } from './kernel.ts';
import type { PipelineCache } from './pipelines.ts';
import type { Recorded } from './resolver.ts';
import type { StorageView } from './storage.ts';
import type { Tuning } from './tuning.ts';
import type { UniformCache } from './uniforms.ts';
import { workgroupsFor } from './workgroups.ts';

/** The arguments of one dispatch of a kernel, for `device.dispatch`. */
export interface DispatchSpec {
  /** name of the operation in errors and profiles */
  label: string;
  /** memory by the WGSL variable's name */
  bind: Record<string, StorageView>;
  /** fields of the kernel's `Params` */
  params?: Record<string, ParamValue>;
  /** values of the kernel's `override` constants */
  overrides?: Record<string, number>;
  /** new values for `alias` and `const` lines */
  defines?: Readonly<Record<string, string | number>>;
  /** number of threads, spread over x and y, or numbers of threads along x, y, z */
  threads?: number | readonly [number, number, number];
  /** number of workgroups along x, y, z, instead of threads */
  workgroups?: readonly [number, number, number];
  /** threads per workgroup of a flat kernel, which does not change the results (default: depends on the adapter) */
  workgroup?: number;
  /**
   * whether each thread does much work, so that an adapter with small workgroups always uses them (default false: only for
   * few threads)
   */
  hasLongThreads?: boolean;
}

/** A kernel and the arguments of its dispatch. */
export interface Dispatch {
  kernel: Kernel;
  spec: DispatchSpec;
}

/** The dispatches that suit a GPU better than the default ones (`tensor/variants/gpu-rules.ts`). */
export interface GpuRules {
  /** Returns the dispatch in place of a default one that has the same result, or undefined to keep the default. */
  replace(kernel: Kernel, spec: DispatchSpec, device: Device): Dispatch | undefined;
  /**
   * Returns the dispatch of a product with the transpose of w, given as for the transposed w and `matmul_vec4.wgsl`;
   * undefined if w should be transposed first.
   */
  transposed(spec: DispatchSpec, device: Device): Dispatch | undefined;
  /** Returns all other ways to compute the result of a default dispatch, by name, for the tuner. */
  alternatives(kernel: Kernel, spec: DispatchSpec, device: Device): Readonly<Record<string, Dispatch>>;
}

/** A convolution as the product of patches [rows, inner] and its weight, with zeros up to `inner`, and the dispatch of both. */
export interface PatchDivision {
  kernel: Kernel;
  spec: Omit<DispatchSpec, 'label' | 'bind'>;
  rows: number;
  inner: number;
  columns: number;
}

/** Returns the division of a convolution on a software adapter (`tensor/variants/patches.ts`), or null to keep the default. */
export type PatchRule = (
  plan: {
    geometry: Readonly<
      Record<'batch' | 'height' | 'width' | 'channels' | 'outHeight' | 'outWidth', number> &
        Record<'kernel' | 'stride' | 'dilation' | 'padding', readonly [number, number]>
    >;
    outputs: number;
    groups: number;
  },
  device: Device,
) => PatchDivision | null;

const SPEC: OptionRules<DispatchSpec> = {
  label: text,
  bind: anything,
  params: anything,
  overrides: anything,
  defines: anything,
  threads: anything,
  workgroups: anything,
  workgroup: (v) => integer(v, 1, 256),
  hasLongThreads: boolean,
};

/** The parts of Device that recording uses. */
interface RecordingDevice {
  readonly path: string;
  readonly description: string;
  readonly features: ReadonlySet<string>;
  readonly limits: GPUSupportedLimits;
  readonly tuning: Tuning;
  readonly pipelines: PipelineCache;
}

/**
 * Returns one dispatch of `kernel` as it is recorded.
 * @throws Error when a variable of the kernel has no tensor, a tensor has no variable, or a tensor is on another device
 * @throws DeviceLimitError when the dispatch exceeds the device's limits
 */
export function recordDispatch(
  kernel: Kernel,
  spec: DispatchSpec,
  device: RecordingDevice,
  uniforms: UniformCache,
): Recorded {
  if (!kernel?.bindings) {
    throw new Error(`dispatch: kernel: got ${describeValue(kernel)}, expected a Kernel`);
  }
  checkOptions('dispatch', spec, SPEC, ['label', 'bind']);
  const { path, limits, pipelines } = device;
  const label = path ? `${path}: ${spec.label}` : spec.label;
  const defines = precision(kernel, spec, label, device);
  const { smallWorkgroupsBelow } = device.tuning;
  const threads = spec.hasLongThreads ? 0 : Number(spec.threads);
  if (spec.workgroup && !(kernel.isFlat && typeof spec.threads === 'number'))
    throw new Error(`${label}: workgroup needs a flat kernel and a number of threads`);
  const flatSize = spec.workgroup ?? (threads < smallWorkgroupsBelow ? 16 : 64);
  if (kernel.isFlat && flatSize !== 64) defines.WORKGROUP = flatSize;
  const entry = pipelines.get(kernel, spec.overrides ?? {}, defines);
  const views: Recorded['views'][number][] = [];
  let uniform = null;
  for (const { name, binding, access } of entry.bindings) {
    if (access === 'uniform') {
      uniform = uniforms.get(kernel.packParams(spec.params ?? {}));
      continue;
    }
    const view = spec.bind[name];
    if (!view) throw new Error(`${label}: ${kernel.name}.wgsl needs a tensor for ${name}`);
    view.storage.assertUsable(device, `${label}: ${name}`);
    views.push({ binding, view: pick(view), isWritten: access === 'read_write' });
  }
  for (const name of Object.keys(spec.bind)) {
    if (!kernel.bindings.some((b) => b.name === name)) {
      throw new Error(`${label}: ${kernel.name}.wgsl has no variable named ${name}`);
    }
  }
  const groups = workgroupsFor(kernel, spec, label, limits.maxComputeWorkgroupsPerDimension, flatSize);
  return { label, entry, uniform, views, groups };
}

/** Returns the spec's defines, plus f16 for the kernel's `alias Number` if its tensors are in half precision. */
function precision(
  kernel: Kernel,
  { bind, defines: given }: DispatchSpec,
  label: string,
  device: RecordingDevice,
): Record<string, string | number> {
  const defines = { ...given };
  const halves = Object.keys(bind).filter((name) => bind[name]?.dtype === 'f16');
  if (halves.length === 0) return defines;
  if (!device.features.has('shader-f16')) {
    throw new Error(`${label}: f16 needs shader-f16, which this adapter (${device.description}) lacks`);
  }
  if (Object.values(defines).includes('f16')) return defines;
  for (const name of Object.keys(bind)) {
    if (kernel.storesNumbers(name) !== halves.includes(name)) {
      throw new Error(
        `${label}: ${name} is ${bind[name]?.dtype}, but with f16 activations ${kernel.name}.wgsl needs it as ` +
          `${halves.includes(name) ? 'f32' : 'f16'}. Cast it first.`,
      );
    }
  }
  return { ...defines, Number: 'f16' };
}

/** Copies a view, since its tensor may be disposed before the command runs. */
function pick(view: StorageView): StorageView {
  return { storage: view.storage, byteOffset: view.byteOffset, byteLength: view.byteLength };
}
