import type { Device } from './device.ts';
import { endUse, type Recorded } from './resolver.ts';

/**
 * Returns the dispatches that `fn` records. They are dropped: nothing is allocated, compiled or run. `fn` must free all
 * tensors that it creates (see `scope`).
 */
export function recordedBy(device: Device, fn: () => void): readonly Recorded[] {
  let list: readonly Recorded[] = [];
  device.estimate(fn, (recorded) => {
    list = recorded;
    for (const { views } of recorded) for (const { view } of views) endUse(view.storage);
    return 0;
  });
  return list;
}
