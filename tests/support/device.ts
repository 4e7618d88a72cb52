import { afterAll, vi } from 'vitest';
import type { CreateDeviceOptions } from '../../src/gpu/create-device.ts';
import { Device } from '../../src/gpu/device.ts';

// Held in a variable so that the browser's bundler does not follow it to node: imports.
const nodeEntry = '../../src/node/index.ts';
const inBrowser = typeof window !== 'undefined';

let opened: Promise<Device> | undefined;

/**
 * The device that tests share: this page's GPU, or Dawn's in Node. In Node each file has one, destroyed after its tests. In
 * the browser all files have the same one, whose pipelines are compiled once.
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

/** An additional device, for a test that destroys it or needs it exclusively. */
export async function openDevice(
  options: Pick<CreateDeviceOptions, 'without' | 'submitBudgetMs'> = {},
): Promise<Device> {
  if (inBrowser) {
    const { createDevice } = await import('../../src/index.ts');
    return createDevice(options);
  }
  const node: typeof import('../../src/node/index.ts') = await import(/* @vite-ignore */ nodeEntry);
  return node.createDevice(options);
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

async function findAdapter(): Promise<{ adapter: GPUAdapter; release: () => void }> {
  if (!inBrowser) {
    const node: typeof import('../../src/node/index.ts') = await import(/* @vite-ignore */ nodeEntry);
    return node.openGpu();
  }
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('this browser has no adapter');
  return { adapter, release: () => {} };
}

afterAll(async () => {
  if (!opened || inBrowser) return;
  const device = await opened.catch(() => undefined);
  device?.destroy();
  // a process that exits while Dawn's threads still work on the loss may abort
  await device?.lost;
  await new Promise((resolve) => setTimeout(resolve, 20));
});
