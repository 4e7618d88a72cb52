import { checkOptions, having, type OptionRules, oneOf, positive, type Rule } from './check-options.ts';
import { Device } from './device.ts';
import type { DeviceHost } from './device-host.ts';
import { WebGPUUnavailableError } from './errors.ts';
import { Kernel } from './kernel.ts';
import { QueuePoker } from './poke-queue.ts';

/** Options of `createDevice` in a page or worker. */
export interface CreateDeviceOptions {
  /** the adapter to use (default: the fastest one that `navigator.gpu` offers) */
  adapter?: GPUAdapter;
  powerPreference?: 'low-power' | 'high-performance';
  /** optional features to disable even if the adapter has them, such as 'subgroups', for comparisons */
  without?: readonly string[];
  /**
   * milliseconds of GPU work per submission (default 50). Longer work is split, so that the desktop stays responsive and
   * the operating system does not reset the GPU. Costs are learned from earlier submissions; results do not change.
   * Infinity never splits.
   */
  submitBudgetMs?: number;
}

/** Rules of `CreateDeviceOptions`. */
export const adapterRule: Rule = (v) => having(v, 'requestDevice', 'a GPUAdapter');
export const featuresRule: Rule = (v) =>
  Array.isArray(v) ? undefined : "a list of features such as ['subgroups']";
export const submitBudgetRule: Rule = (v) => (v === Infinity ? undefined : positive(v));
const OPTIONS: OptionRules<CreateDeviceOptions> = {
  adapter: adapterRule,
  submitBudgetMs: submitBudgetRule,
  powerPreference: (v) => oneOf(v, ['high-performance', 'low-power']),
  without: featuresRule,
};

const WANTED_FEATURES: readonly GPUFeatureName[] = ['timestamp-query', 'shader-f16', 'subgroups'];
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxStorageBuffersPerShaderStage',
] as const;

/**
 * Opens the GPU of this page, worker or Deno program. In Node and Bun use `createDevice` of `feathergrad/node`.
 * @throws WebGPUUnavailableError with all attempts and advice
 */
export async function createDevice(options: CreateDeviceOptions = {}): Promise<Device> {
  checkOptions('createDevice', options, OPTIONS);
  if (options.adapter) return deviceFrom(options.adapter, options);
  const tried: string[] = [];
  const gpu = globalThis.navigator?.gpu;
  if (!gpu) {
    const secure = globalThis.isSecureContext === false ? ' (this page is not a secure context)' : '';
    throw await unavailable([`navigator.gpu: absent${secure}`]);
  }
  const preference = options.powerPreference ?? 'high-performance';
  for (const request of [{ powerPreference: preference }, {}, { forceFallbackAdapter: true }]) {
    const adapter = await gpu.requestAdapter(request);
    if (adapter) return deviceFrom(adapter, options);
    tried.push(`navigator.gpu.requestAdapter(${JSON.stringify(request)}): null`);
  }
  throw await unavailable(tried);
}

async function unavailable(tried: string[]): Promise<WebGPUUnavailableError> {
  // loaded on demand, since most pages have WebGPU
  const { advice } = await import('./engine-advice.ts');
  return new WebGPUUnavailableError(tried, advice());
}

/** Opens a device with the adapter's limits and the optional features that kernels may use. */
export async function deviceFrom(
  adapter: GPUAdapter,
  options: Pick<CreateDeviceOptions, 'without' | 'submitBudgetMs'> &
    DeviceHost & { description?: string } = {},
): Promise<Device> {
  const { without = [], description = describe(adapter), submitBudgetMs, ...host } = options;
  const requiredFeatures = WANTED_FEATURES.filter(
    (feature) => adapter.features.has(feature) && !without.includes(feature),
  );
  const requiredLimits: Record<string, number> = {};
  for (const limit of WANTED_LIMITS) requiredLimits[limit] = adapter.limits[limit];
  const [gpu, { SubmitBudget }] = await Promise.all([
    adapter.requestDevice({ label: 'feathergrad', requiredFeatures, requiredLimits }),
    import('./submit-budget.ts'), // loads while the device opens
  ]);
  const budget = new SubmitBudget(gpu.queue, submitBudgetMs);
  const device = new Device(gpu, description, { wait: new QueuePoker(gpu.queue).wait, budget, ...host });
  // each is loaded on demand, because the other adapters do not need it
  if (device.tuning.hasCostlyDispatches)
    device.patches = (await import('../tensor/variants/patches.ts')).patchRule(Kernel);
  else device.rules = (await import('../tensor/variants/gpu-rules.ts')).gpuRules(Kernel);
  return device;
}

/** Returns the adapter's name for reports. Safari may omit `info`. */
export function describe(adapter: GPUAdapter): string {
  const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
  const words = [info.description, info.vendor, info.architecture].filter((word) => word);
  return words.length > 0 ? words.join(' ') : 'unnamed adapter';
}
