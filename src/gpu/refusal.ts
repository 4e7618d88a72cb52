import { GpuOutOfMemoryError, GpuValidationError } from './errors.ts';
import type { PipelineEntry } from './pipelines.ts';

/** The one wording for an operation whose kernel was refused. */
export function describeRefusal(label: string, entry: PipelineEntry, reason: string): string {
  return `${label}: WebGPU refused its kernel ${entry.kernel.name}.wgsl: ${reason}`;
}

/** By the name of WebGPU's own class, which no build changes: engines without a page lack the global to compare with. */
export function isOutOfMemory(error: GPUError): boolean {
  return error.constructor.name === 'GPUOutOfMemoryError';
}

/** WebGPU's error as one of ours; `what` names the work where no single command could be found. */
export function asError(error: GPUError, what: string): Error {
  if (isOutOfMemory(error)) {
    return new GpuOutOfMemoryError(
      `${what}: the GPU is out of memory (${error.message}); use a smaller batch`,
    );
  }
  return new GpuValidationError(`WebGPU refused ${what}: ${error.message}`);
}
