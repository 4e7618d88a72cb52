import type { Device } from '../../gpu/device.ts';
import type { AdapterChoice } from '../../node/adapters.ts';
import { createDevice } from '../../node/index.ts';

/** Opens the GPU named by `--adapter`: a choice, or the path of a driver. */
export function openDevice(adapter: string | undefined): Promise<Device> {
  if (adapter === undefined) return createDevice();
  if (adapter.endsWith('.json')) return createDevice({ icd: adapter });
  return createDevice({ adapter: adapter as AdapterChoice }); // refuses a word that it does not know
}
