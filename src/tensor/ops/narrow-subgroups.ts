import type { Device } from '../../gpu/device.ts';

/**
 * Lanes of a subgroup where they are few (software adapters have 4 or 8) and may exchange values, else 0. There
 * the kernels for narrow subgroups are the right ones; on a GPU's 16 to 64 lanes those would leave most idle.
 */
export function narrowLanes({ subgroupLanes }: Device): number {
  return subgroupLanes >= 4 && subgroupLanes <= 8 ? subgroupLanes : 0;
}
