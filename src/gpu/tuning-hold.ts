import type { Device } from './device.ts';

const held = new WeakMap<Device, number>();

/**
 * Keeps the tuning table of a device until the returned function is called, so that everything that a run records is
 * computed in the same way. Meanwhile `tune` and `importTuning` throw.
 */
export function holdTuning(device: Device): () => void {
  held.set(device, (held.get(device) ?? 0) + 1);
  let isHeld = true;
  return () => {
    if (isHeld) held.set(device, (held.get(device) ?? 1) - 1);
    isHeld = false;
  };
}

/** Whether a run uses the table of the device. */
export function isTuningHeld(device: Device): boolean {
  return !!held.get(device);
}

/** @throws Error while a run uses the table of the device */
export function requireFreeTuning(caller: string, device: Device): void {
  if (!isTuningHeld(device)) return;
  throw new Error(
    `${caller}: a training run uses the tuning table of this device. Wait for its end, or open a second device.`,
  );
}
