import type { Choices, TuningTable } from '../../gpu/choices.ts';
import type { Device } from '../../gpu/device.ts';
import type { DispatchSpec } from '../../gpu/dispatch.ts';
import type { Kernel } from '../../gpu/kernel.ts';
import { flatFamily } from './flat-kernels.ts';

/** Threads per workgroup of flat kernels. Software adapters, which compile slowly, have fewer variants. */
const SIZES = [32, 64, 128, 256];
const SOFTWARE_SIZES = [16, 64, 256];

/**
 * Choices that also treat a dispatch of a flat kernel outside of all operations as an operation, such as that of an
 * elementwise function. Its family is the kernel, its shape the number of threads, and its variants are the workgroup sizes,
 * on which the results do not depend: `flat_unary 4096: threads128`. Kernels of the program itself have the prefix `custom_`.
 */
export abstract class OperationChoices implements Choices {
  abstract readonly table: TuningTable | null;
  protected readonly device: Device;
  private isInOperation = false;

  constructor(device: Device) {
    this.device = device;
  }

  /** Records an operation; see `Choices.record`. */
  protected abstract choose(...operation: Parameters<Choices['record']>): void;

  record(...operation: Parameters<Choices['record']>): void {
    const before = this.isInOperation;
    this.isInOperation = true;
    try {
      this.choose(...operation);
    } finally {
      this.isInOperation = before;
    }
  }

  dispatch(kernel: Kernel, spec: DispatchSpec, run: (spec: DispatchSpec) => void): void {
    const { threads } = spec;
    const family = this.isInOperation || !kernel.isFlat ? undefined : flatFamily(kernel.name);
    if (family === undefined || typeof threads !== 'number') {
      run(spec);
      return;
    }
    const sizes = this.device.tuning.hasCostlyDispatches ? SOFTWARE_SIZES : SIZES;
    const variants = () =>
      Object.fromEntries(
        sizes.map((workgroup) => [`threads${workgroup}`, () => run({ ...spec, workgroup })]),
      );
    this.record(family, 'f32', [threads], () => run(spec), variants);
  }
}
