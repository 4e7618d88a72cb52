// Finds the command and the line of WGSL that caused a validation error. Loaded only after such an error.

import type { PipelineEntry } from './pipelines.ts';
import type { Command } from './resolver.ts';

/**
 * Returns the command that caused a validation error, and the reason; null if each command is valid by itself. WebGPU
 * reports one error for a whole submission, so each command is encoded again under a separate error scope, without being
 * submitted.
 */
export async function diagnose(
  gpu: GPUDevice,
  commands: readonly Command[],
  error: GPUError,
): Promise<{ command: Command; reason: string } | null> {
  const probed = await Promise.all(
    commands.map(async (command) => ({ command, error: await probe(gpu, command) })),
  );
  const refused = probed.filter((one) => one.error !== null);
  const [first] = refused;
  if (!first) return null;
  const { command } = first;
  // prefer the submission's message: the probe's may only say that an object is invalid
  const message = refused.length === 1 ? error.message : first.error?.message;
  return { command, reason: (await compileErrors(gpu, command.entry)) ?? message ?? '' };
}

/**
 * Returns line, column, message and source line of each compile error of a kernel, with a caret under the column; null if
 * it compiles. Lines are those of the compiled text, in which loops are unrolled.
 */
export async function compileErrors(gpu: GPUDevice, entry: PipelineEntry): Promise<string | null> {
  const asked = entry.descriptor().compute.module.getCompilationInfo();
  // in Chromium a second getCompilationInfo() of a module resolves only together with another reply
  gpu.pushErrorScope('validation');
  await gpu.popErrorScope();
  const { messages } = await asked;
  const lines = entry.code.split('\n');
  const errors = [...messages].filter(({ type }) => type === 'error');
  if (errors.length === 0) return null;
  const list = errors.map(({ lineNum, linePos, message }) => {
    return `  line ${lineNum}, column ${linePos}: ${message}${quote(lines[lineNum - 1] ?? '', linePos)}`;
  });
  return `it does not compile\n${list.join('\n')}`;
}

/** Maximum characters quoted on either side of the caret; in a build a whole kernel is one line. */
const REACH = 60;

/** Returns a line, or the part of it around a column (from 1), with a caret below that column. */
function quote(line: string, column: number): string {
  if (line.trim() === '' || column < 1) return '';
  const indent = line.length - line.trimStart().length;
  const start = Math.max(indent, column - 1 - REACH);
  const text = line.slice(start, column - 1 + REACH).trimEnd();
  return `\n    ${text}\n    ${' '.repeat(Math.max(0, column - 1 - start))}^`;
}

function probe(gpu: GPUDevice, { entry, bindGroup, groups }: Command): Promise<GPUError | null> {
  gpu.pushErrorScope('validation');
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  if (entry.pipeline) pass.setPipeline(entry.pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  pass.end();
  encoder.finish();
  return gpu.popErrorScope();
}
