import type { OnCompile } from './compile-progress.ts';
import { GpuOutOfMemoryError, GpuValidationError } from './errors.ts';
import type { PipelineCache, PipelineEntry } from './pipelines.ts';
import type { Command, Recorded } from './resolver.ts';

/**
 * Stores the first WebGPU error until the next wait for the device throws it, since WebGPU reports errors
 * asynchronously.
 */
export class ErrorScopes {
  private readonly gpu: GPUDevice;
  private readonly assertUsable: () => void;
  private failure: Error | null = null;
  private checks = new Set<Promise<void>>();

  /** @param assertUsable throws if the device is lost, which takes precedence over all other errors */
  constructor(gpu: GPUDevice, assertUsable: () => void) {
    this.gpu = gpu;
    this.assertUsable = assertUsable;
  }

  add(error: Error): void {
    this.failure ??= error;
  }

  /**
   * Runs `fn` under error scopes; the next wait throws the errors that they catch. `fn` passes its commands to `watch`, so
   * that the one that caused an error can be found.
   */
  during<T>(fn: (watch: <C extends readonly Command[]>(commands: C) => C) => T): T {
    let watched: readonly Command[] = [];
    this.gpu.pushErrorScope('validation');
    this.gpu.pushErrorScope('out-of-memory');
    try {
      return fn((commands) => {
        watched = commands;
        return commands;
      });
    } finally {
      for (let i = 0; i < 2; i++) {
        const check: Promise<void> = this.gpu.popErrorScope().then(
          (error) => (error ? this.fail(error, watched) : undefined),
          () => {}, // the device was lost; `assertUsable` says so
        );
        this.checks.add(check);
        check.finally(() => this.checks.delete(check));
      }
    }
  }

  /**
   * Compiles the pipelines of a recording in parallel.
   * @throws GpuValidationError that names all kernels that do not compile
   */
  async compile(list: readonly Recorded[], pipelines: PipelineCache, onProgress?: OnCompile): Promise<void> {
    const refused = await pipelines.compile(
      list.map((item) => item.entry),
      onProgress,
    );
    this.assertUsable();
    if (refused.length === 0) return;
    const lines = refused.map(({ entry, reason }) => {
      const label = list.find((item) => item.entry === entry)?.label ?? entry.kernel.name;
      return describeError(label, entry, reason);
    });
    throw new GpuValidationError(lines.join('\n'));
  }

  /** Waits until all error scopes are resolved; throws the first error since the last wait. */
  async settle(): Promise<void> {
    await Promise.all(this.checks);
    this.assertUsable();
    const failure = this.failure;
    this.failure = null;
    if (failure) throw failure;
  }

  private async fail(error: GPUError, commands: readonly Command[]): Promise<void> {
    const found = isOutOfMemory(error)
      ? null
      : await import('./diagnose.ts')
          .then(({ diagnose }) => diagnose(this.gpu, commands, error))
          .catch(() => null);
    this.failure ??= found
      ? new GpuValidationError(describeError(found.command.label, found.command.entry, found.reason))
      : asError(error, 'recorded commands');
  }
}

/** Returns the message for an operation whose kernel caused a validation error. */
function describeError(label: string, entry: PipelineEntry, reason: string): string {
  return `${label}: validation error in ${entry.kernel.name}.wgsl: ${reason}`;
}

/**
 * Compares the name of the class, because some engines do not expose it as a global. The class is WebGPU's, so a minified
 * build does not rename it.
 */
function isOutOfMemory(error: GPUError): boolean {
  return error.constructor.name === 'GPUOutOfMemoryError';
}

/** Converts an error of WebGPU; `what` names the work if no single command was found. */
export function asError(error: GPUError, what: string): Error {
  if (isOutOfMemory(error)) {
    return new GpuOutOfMemoryError(
      `${what}: the GPU is out of memory (${error.message}). Use a smaller batch.`,
    );
  }
  return new GpuValidationError(`${what}: validation error: ${error.message}`);
}
