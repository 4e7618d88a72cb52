import { checkOptions, having, type OptionRules, oneOf, type Rule } from './check-options.ts';
import { Device, type DeviceHost } from './device.ts';
import { WebGPUUnavailableError } from './errors.ts';
import { QueuePoker } from './poke-queue.ts';

/** Options of `createDevice` in a page or worker. */
export interface CreateDeviceOptions {
  /** the adapter to use (default: the fastest one that `navigator.gpu` offers) */
  adapter?: GPUAdapter;
  powerPreference?: 'low-power' | 'high-performance';
  /** optional features to disable even if the adapter has them, such as 'subgroups', for comparisons */
  without?: readonly string[];
}

/** Rules of `CreateDeviceOptions`. */
export const adapterRule: Rule = (v) => having(v, 'requestDevice', 'a GPUAdapter');
export const featuresRule: Rule = (v) =>
  Array.isArray(v) ? undefined : "a list of features such as ['subgroups']";
const OPTIONS: OptionRules<CreateDeviceOptions> = {
  adapter: adapterRule,
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
] as const;

const BROWSER_ADVICE =
  'Chrome and Edge 113+, Safari 26+ and Firefox 141+ (Windows; later on other systems) have WebGPU. The page must be served ' +
  'from https:// or http://127.0.0.1. On Linux without a GPU driver start Chrome with --enable-unsafe-webgpu.';

/** Returns advice for the current JavaScript engine. */
function advice(): string {
  const engine = globalThis as { Deno?: unknown; Bun?: unknown; process?: { versions?: { node?: string } } };
  if (engine.Deno) {
    return (
      'Deno 2.9 and later use Vulkan, Metal or Direct3D 12. On Linux without a GPU driver install ' +
      'mesa-vulkan-drivers, whose lavapipe runs on the CPU.'
    );
  }
  if (engine.Bun) return 'In Bun import createDevice from "feathergrad/node" and run: bun add webgpu';
  if (engine.process?.versions?.node) {
    return 'In Node import createDevice from "feathergrad/node" and run: npm install webgpu';
  }
  return BROWSER_ADVICE;
}

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
    throw new WebGPUUnavailableError([`navigator.gpu: absent${secure}`], advice());
  }
  const preference = options.powerPreference ?? 'high-performance';
  for (const request of [{ powerPreference: preference }, {}, { forceFallbackAdapter: true }]) {
    const adapter = await gpu.requestAdapter(request);
    if (adapter) return deviceFrom(adapter, options);
    tried.push(`navigator.gpu.requestAdapter(${JSON.stringify(request)}): null`);
  }
  throw new WebGPUUnavailableError(tried, advice());
}

/** Opens a device with the adapter's limits and the optional features that kernels may use. */
export async function deviceFrom(
  adapter: GPUAdapter,
  options: Pick<CreateDeviceOptions, 'without'> & DeviceHost & { description?: string } = {},
): Promise<Device> {
  const { without = [], description = describe(adapter), ...host } = options;
  const requiredFeatures = WANTED_FEATURES.filter(
    (feature) => adapter.features.has(feature) && !without.includes(feature),
  );
  const requiredLimits: Record<string, number> = {};
  for (const limit of WANTED_LIMITS) requiredLimits[limit] = adapter.limits[limit];
  const gpu = await adapter.requestDevice({ label: 'feathergrad', requiredFeatures, requiredLimits });
  return new Device(gpu, description, { wait: new QueuePoker(gpu.queue).wait, ...host });
}

/** Returns the adapter's name for reports. Safari may omit `info`. */
export function describe(adapter: GPUAdapter): string {
  const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
  const words = [info.description, info.vendor, info.architecture].filter((word) => word);
  return words.length > 0 ? words.join(' ') : 'unnamed adapter';
}
