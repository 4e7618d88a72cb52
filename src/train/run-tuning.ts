import type { TuningTable } from '../gpu/choices.ts';
import type { Device } from '../gpu/device.ts';
import { holdTuning } from '../gpu/tuning-hold.ts';
import { importTuning } from '../tensor/tuner/tune.ts';

/** The tuning table of a run, which does not change until `release()`. */
export interface RunTuning {
  /** the table in use, for checkpoints; null for the defaults */
  table: TuningTable | null;
  /** a note if the table is not the one that the device had, or not the one of the checkpoint */
  message: string | null;
  /** Restores the table that the device had before. */
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
  const before = device.choices;
  let message: string | null = null;
  if (recorded !== undefined && !isSame(recorded, before?.table ?? null)) {
    message = await useRecorded(device, recorded);
  }
  const free = holdTuning(device);
  return {
    table: device.choices?.table ?? null,
    message,
    release() {
      free();
      device.choices = before;
    },
  };
}

async function useRecorded(device: Device, recorded: TuningTable | null): Promise<string | null> {
  if (recorded === null) {
    device.choices = null;
    return 'the run was started without a tuning table, so it is resumed without the table of this device';
  }
  const hadTable = device.choices !== null;
  try {
    importTuning(device, recorded);
  } catch (error) {
    return (
      `the tuning table of the checkpoint cannot be used here, so results may differ in their last bits from those of ` +
      `the interrupted run (${(error as Error).message})`
    );
  }
  return hadTable ? 'the tuning table of the checkpoint replaces that of this device for this run' : null;
}

/** Compares the choices; entries in a different order are equal. */
function isSame(a: TuningTable | null, b: TuningTable | null): boolean {
  const text = (table: TuningTable | null) =>
    table && JSON.stringify([table.library, table.adapter, Object.entries(table.choices).sort()]);
  return text(a) === text(b);
}
