import { vi } from 'vitest';
import type { CreateDeviceOptions } from '../../src/gpu/create-device.ts';
import { Device } from '../../src/gpu/device.ts';
import { Kernel } from '../../src/gpu/kernel.ts';
import { tuningFor } from '../../src/gpu/tuning.ts';
import { gpuRules } from '../../src/tensor/variants/gpu-rules.ts';

// Held in a variable so that the browser's bundler does not follow it to node: imports.
const nodeEntry = '../../src/node/index.ts';
const inBrowser = typeof window !== 'undefined';

let opened: Promise<Device> | undefined;

/**
 * The device that tests share: this page's GPU, or Dawn's in Node. All files of a page or process have the same one, so
 * that its pipelines are compiled once.
 * @throws WebGPUUnavailableError with no adapter: a test that cannot run fails, it is not skipped
 */
export function testDevice(): Promise<Device> {
  opened ??= openDevice().then((device) => {
    // a file that loses it must not make later files fail
    void device.lost.then(() => {
      opened = undefined;
    });
    return device;
  });
  return opened;
}

/**
 * An additional device, for a test that destroys it or needs it exclusively. In Node, FEATHERGRAD_TEST_AS=gpu lets all tests
 * run the kernels that GPUs run.
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  return !inBrowser && process.env.FEATHERGRAD_TEST_AS === 'gpu'
    ? openAsGpu(options)
    : openUnchanged(options);
}

type OpenOptions = Pick<CreateDeviceOptions, 'without' | 'submitBudgetMs'>;

async function openUnchanged(options: OpenOptions): Promise<Device> {
  if (inBrowser) {
    const { createDevice } = await import('../../src/index.ts');
    return createDevice(options);
  }
  const node: typeof import('../../src/node/index.ts') = await import(/* @vite-ignore */ nodeEntry);
  return node.createDevice(options);
}

/**
 * An additional device that selects kernels like a GPU: wide subgroups, thousands of threads, and the variants of
 * `gpu-rules.ts`.
 */
export async function openAsGpu({ without = [], ...options }: OpenOptions = {}): Promise<Device> {
  const device = await openUnchanged({ ...options, without: [...without, 'subgroups'] });
  device.tuning = tuningFor({}, false);
  device.rules = gpuRules(Kernel);
  return device;
}

/**
 * A device that reports the given low limits. The library's checks use them; WebGPU itself uses its own, which are
 * never below its defaults.
 */
export async function limitedDevice(limits: Record<string, number>): Promise<Device> {
  const { adapter, release } = await findAdapter();
  const gpu = await adapter.requestDevice();
  const before = gpu.limits;
  const seen = new Proxy(before, {
    get: (_, name) => limits[name as string] ?? Reflect.get(before, name, before),
  });
  vi.spyOn(gpu, 'limits', 'get').mockReturnValue(seen);
  return new Device(gpu, 'a limited device', { onDestroy: release });
}

/** The adapter of the default device; `release` frees it after the device is destroyed. */
export async function findAdapter(): Promise<{ adapter: GPUAdapter; release: () => void }> {
  if (!inBrowser) {
    const node: typeof import('../../src/node/index.ts') = await import(/* @vite-ignore */ nodeEntry);
    return node.openGpu();
  }
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('this browser has no adapter');
  return { adapter, release: () => {} };
}
