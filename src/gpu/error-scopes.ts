import { GpuOutOfMemoryError, GpuValidationError } from './errors.ts';
import type { PipelineCache, PipelineEntry } from './pipelines.ts';
import type { Command, Recorded } from './resolver.ts';

/**
 * Keeps the first thing that WebGPU refused until somebody waits for the device: WebGPU tells of errors later than the
 * call that made them.
 */
export class ErrorScopes {
  private readonly gpu: GPUDevice;
  private readonly assertUsable: () => void;
  private failure: Error | null = null;
  private checks = new Set<Promise<void>>();

  /** @param assertUsable throws where the device is lost, which hides every other error */
  constructor(gpu: GPUDevice, assertUsable: () => void) {
    this.gpu = gpu;
    this.assertUsable = assertUsable;
  }

  add(error: Error): void {
    this.failure ??= error;
  }

  /**
   * Runs `fn` under error scopes, so that the next wait throws what WebGPU refused. The commands that `fn`
   * gives to `watch` are searched for the one that was at fault.
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

  /** Compiles what a recording needs, side by side; throws one error that names all that was refused. */
  async compile(list: readonly Recorded[], pipelines: PipelineCache): Promise<void> {
    const refused = await pipelines.compile(list.map((item) => item.entry));
    this.assertUsable();
    if (refused.length === 0) return;
    const lines = refused.map(({ entry, reason }) => {
      const label = list.find((item) => item.entry === entry)?.label ?? entry.kernel.name;
      return describeError(label, entry, reason);
    });
    throw new GpuValidationError(lines.join('\n'));
  }

  /** Resolves when all is known of what was submitted; throws the first error since the last wait. */
  async settle(): Promise<void> {
    await Promise.all(this.checks);
    this.assertUsable();
    const failure = this.failure;
    this.failure = null;
    if (failure) throw failure;
  }

  private async fail(error: GPUError, commands: readonly Command[]): Promise<void> {
    const refusal = isOutOfMemory(error)
      ? null
      : await import('./diagnose.ts')
          .then(({ diagnose }) => diagnose(this.gpu, commands, error))
          .catch(() => null);
    this.failure ??= refusal
      ? new GpuValidationError(describeError(refusal.command.label, refusal.command.entry, refusal.reason))
      : asError(error, 'recorded commands');
  }
}

/** The one wording for an operation whose kernel was refused. */
function describeError(label: string, entry: PipelineEntry, reason: string): string {
  return `${label}: validation error in ${entry.kernel.name}.wgsl: ${reason}`;
}

/** By the name of WebGPU's own class, which no build changes: not all engines have the class as a global. */
function isOutOfMemory(error: GPUError): boolean {
  return error.constructor.name === 'GPUOutOfMemoryError';
}

/** WebGPU's error as one of ours; `what` names the work where no single command could be found. */
export function asError(error: GPUError, what: string): Error {
  if (isOutOfMemory(error)) {
    return new GpuOutOfMemoryError(
      `${what}: the GPU is out of memory (${error.message}); use a smaller batch`,
    );
  }
  return new GpuValidationError(`${what}: validation error: ${error.message}`);
}
