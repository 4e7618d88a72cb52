import { type Device, Kernel } from 'feathergrad';
import type { Said } from '../said.ts';

/** An error of the WGSL compiler; line and column count from 1. */
export interface CodeError {
  line: number;
  column: number;
  message: Said;
}

let versions = 0;

/**
 * Compiles a reader's WGSL. Returns the kernel, or the compiler's errors.
 * @param names the bindings that the exercise passes, by the names of the variables
 */
export async function compile(
  device: Device,
  code: string,
  names: readonly string[],
): Promise<{ kernel: Kernel } | { errors: CodeError[] }> {
  const { gpu } = device;
  gpu.pushErrorScope('validation'); // the errors are read from the compilation info
  const module = gpu.createShaderModule({ label: 'exercise', code });
  const [info] = await Promise.all([module.getCompilationInfo(), gpu.popErrorScope()]);
  const errors = info.messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, linePos, message }) => ({ line: lineNum, column: linePos, message }));
  if (errors.length > 0) return { errors };
  versions++; // a kernel's name is unique
  const kernel = new Kernel(`exercise_${versions}`, code);
  try {
    const missing = names.filter((name) => !kernel.bindings.some((one) => one.name === name));
    if (missing.length === 0) return { kernel };
    return {
      errors: [{ line: 1, column: 1, message: { key: 'missing', values: { names: missing.join(', ') } } }],
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { errors: [{ line: 1, column: 1, message }] };
  }
}

/** Returns the names of the bindings that a kernel's text declares. */
export const bindingsOf = (code: string): string[] =>
  new Kernel('exercise', code).bindings.map(({ name }) => name);
