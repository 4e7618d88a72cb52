import { afterAll } from 'vitest';
import type { CreateDeviceOptions } from '../../src/gpu/create-device.ts';
import type { Device } from '../../src/gpu/device.ts';

// Held in a variable so that the browser's bundler does not follow it to node: imports.
const nodeEntry = '../../src/node/index.ts';
const inBrowser = typeof window !== 'undefined';

let opened: Promise<Device> | undefined;

/**
 * The device that all tests of one file share: this page's GPU, or Dawn's in Node. It is destroyed after them.
 * @throws WebGPUUnavailableError with no adapter: a test that cannot run fails, it is not skipped
 */
export function testDevice(): Promise<Device> {
  opened ??= openDevice();
  return opened;
}

/** One more device, for a test that destroys or counts on it alone. */
export async function openDevice(options: Pick<CreateDeviceOptions, 'without'> = {}): Promise<Device> {
  if (inBrowser) {
    const { createDevice } = await import('../../src/index.ts');
    return createDevice(options);
  }
  const node: typeof import('../../src/node/index.ts') = await import(/* @vite-ignore */ nodeEntry);
  return node.createDevice(options);
}

afterAll(async () => {
  if (!opened) return;
  const device = await opened.catch(() => undefined);
  device?.destroy();
});
