import type { Device } from 'feathergrad';
import type { DeviceLimits } from '../../../../bench/own/limits.ts';
import type { Limits } from './verdict.ts';
import { type Layer, tileOf, workOf } from './work.ts';

/** Measures the two roofs and the cost of a dispatch. The bandwidth is that for a working set as large as the layer. */
export async function measureRoofs(device: Device, layer: Layer): Promise<Limits> {
  // loaded on demand: kernels used only for measuring
  const { bandwidthFor, measureLimits } = await import('../../../../bench/own/limits.ts');
  if (known?.device !== device) known = { device, limits: await measureLimits(device) };
  const { limits } = known;
  return {
    bytesPerSecond: bandwidthFor(limits, workOf(layer, tileOf(layer.name, 'small')).bytes),
    macsPerSecond: limits.flopsPerSecond / 2, // a multiply-add is two operations
    secondsPerDispatch: limits.secondsPerDispatch,
  };
}

/** The limits of a device do not depend on the layer, so they are measured once. */
let known: { device: Device; limits: DeviceLimits } | undefined;
