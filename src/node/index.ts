import { checkOptions, type Rule, text } from '../gpu/check-options.ts';
import {
  adapterRule,
  type CreateDeviceOptions,
  deviceFrom,
  featuresRule,
  submitBudgetRule,
} from '../gpu/create-device.ts';
import type { Device } from '../gpu/device.ts';
import { type OpenGpuOptions, openGpu } from './adapters.ts';
import { restWhile } from './rest-while.ts';

export { type AdapterChoice, type OpenedGpu, type OpenGpuOptions, openGpu } from './adapters.ts';
export type { DataPart, DataSet, LoadedPart, LoadOptions, PartName } from './data-set.ts';
export { type OpenDataSetOptions, openDataSet } from './open-data-set.ts';
export { readPictureFolder } from './picture-folder.ts';
export { readSoftTargets, softTargetsText } from './soft-targets-file.ts';

/** Time that Dawn gets to finish the loss of a device before its instance may be collected. */
const SETTLE_MILLISECONDS = 100;

/**
 * Opens a GPU in Node through the optional peer dependency `webgpu`: a hardware adapter if there is one, else a
 * software adapter (lavapipe, or the SwiftShader of an installed Chromium). `device.description` names the adapter;
 * Node can exit after `device.destroy()`.
 * @throws WebGPUUnavailableError with all attempts and advice for this platform
 */
export async function createDevice(
  options: Omit<OpenGpuOptions, 'adapter'> &
    Pick<CreateDeviceOptions, 'without' | 'submitBudgetMs'> & {
      adapter?: OpenGpuOptions['adapter'] | CreateDeviceOptions['adapter'];
    } = {},
): Promise<Device> {
  const rule: Rule = (v) => (typeof v === 'string' ? undefined : adapterRule(v));
  checkOptions('createDevice', options, {
    adapter: rule,
    icd: text,
    without: featuresRule,
    submitBudgetMs: submitBudgetRule,
  });
  const { adapter, without = [], submitBudgetMs, ...rest } = options;
  const shared = { without, ...(submitBudgetMs !== undefined && { submitBudgetMs }) };
  if (typeof adapter === 'object') return deviceFrom(adapter, shared);
  const found = await openGpu({ ...rest, ...(adapter && { adapter }) });
  const { description, kind } = found;
  const device = await deviceFrom(found.adapter, {
    ...shared,
    description,
    // Dawn still works on the loss of the device; an instance that is collected meanwhile ends the process
    onDestroy: () => void device.lost.then(() => setTimeout(found.release, SETTLE_MILLISECONDS).unref()),
    ...(kind === 'software' && { wait: restWhile }),
  });
  return device;
}
