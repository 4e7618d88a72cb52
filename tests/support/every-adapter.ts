import type { Device } from '../../src/gpu/device.ts';
import { openDevice } from './device.ts';

// Held in variables so that the browser's bundler does not follow them to node: imports.
const nodeEntry = '../../src/node/index.ts';
const driversEntry = '../../src/node/vulkan-drivers.ts';

export interface NamedAdapter {
  name: string;
  open: () => Promise<Device>;
}

/** The adapters of this machine: in a page its own; in Node the default one and each installed software driver. */
export async function everyAdapter(): Promise<NamedAdapter[]> {
  const own = { name: 'the default adapter', open: () => openDevice() };
  if (typeof window !== 'undefined') return [own];
  const node: typeof import('../../src/node/index.ts') = await import(/* @vite-ignore */ nodeEntry);
  const drivers: typeof import('../../src/node/vulkan-drivers.ts') = await import(
    /* @vite-ignore */ driversEntry
  );
  const named = (adapter: 'lavapipe' | 'swiftshader') => ({
    name: adapter,
    open: () => node.createDevice({ adapter }),
  });
  const software = [
    ...(drivers.findLavapipe().length > 0 ? [named('lavapipe')] : []),
    ...(drivers.findSwiftShader().length > 0 ? [named('swiftshader')] : []),
  ];
  const { kind, release, adapter } = await node.openGpu();
  const isLavapipe = /llvmpipe|lavapipe/i.test(`${adapter.info.description} ${adapter.info.device}`);
  release();
  const isListed = kind === 'software' && software.some(({ name }) => (name === 'lavapipe') === isLavapipe);
  return isListed ? software : [own, ...software];
}
