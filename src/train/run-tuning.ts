import type { Choices, TuningTable } from '../gpu/choices.ts';
import type { Device } from '../gpu/device.ts';
import { holdTuning, isTuningHeld } from '../gpu/tuning-hold.ts';
import { importTuning } from '../tensor/tuner/tune.ts';

/** The table of each device before its runs. */
const befores = new WeakMap<Device, Choices | null>();

/** The tuning table of a run, which does not change until `release()`. */
export interface RunTuning {
  /** the table in use, for checkpoints; null for the defaults */
  table: TuningTable | null;
  /** a note if the table is not the one that the device had, or not the one of the checkpoint */
  message: string | null;
  /** Restores the table that the device had before, unless another run still uses the device. */
  release(): void;
}

/**
 * Selects the tuning table of a run: that of the device, or for a resumed run that of its checkpoint (null if it had none).
 * @param recorded table of the checkpoint; undefined for a new run
 */
export async function tuningOfRun(
  device: Device,
  recorded: TuningTable | null | undefined,
): Promise<RunTuning> {
  // the table before the first of several runs at the same time
  const before = isTuningHeld(device) ? (befores.get(device) ?? null) : device.choices;
  befores.set(device, before);
  let message: string | null = null;
  if (recorded !== undefined && !isSame(recorded, device.choices?.table ?? null)) {
    message = await useRecorded(device, recorded);
  }
  const free = holdTuning(device);
  return {
    table: device.choices?.table ?? null,
    message,
    release() {
      free();
      if (!isTuningHeld(device)) device.choices = before;
    },
  };
}

async function useRecorded(device: Device, recorded: TuningTable | null): Promise<string | null> {
  const hadTable = device.choices !== null;
  try {
    importTuning(device, recorded); // throws while another run uses the device's table
  } catch (error) {
    const why = recorded
      ? 'the tuning table of the checkpoint cannot be used here'
      : 'the run was started without a tuning table, but this device uses one';
    return (
      `${why}, so results may differ in their last bits from those of the interrupted run ` +
      `(${(error as Error).message})`
    );
  }
  if (recorded === null) {
    return 'the run was started without a tuning table, so it is resumed without the table of this device';
  }
  return hadTable ? 'the tuning table of the checkpoint replaces that of this device for this run' : null;
}

/** Compares the choices; entries in a different order are equal. */
function isSame(a: TuningTable | null, b: TuningTable | null): boolean {
  const text = (table: TuningTable | null) =>
    table && JSON.stringify([table.library, table.adapter, Object.entries(table.choices).sort()]);
  return text(a) === text(b);
}
