// Finds what WebGPU refused; loaded when that happens.

import type { PipelineEntry } from './pipelines.ts';
import type { Command } from './resolver.ts';

/**
 * Says which of the commands WebGPU refused, and why; null when each by itself is accepted. WebGPU reports
 * one error for a whole submission, so every command is encoded once more alone, under an error scope of its
 * own, and not submitted. Costs nothing until something fails.
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
  // the submission's own error says more than the probe's, which may only find an object invalid
  const message = refused.length === 1 ? error.message : first.error?.message;
  return { command, reason: (await compileErrors(gpu, command.entry)) ?? message ?? '' };
}

/**
 * Line, column, message and text of each error that the compiler found in a kernel, with a caret under the place; null
 * without one. Lines are those of the compiled text, whose loops are unrolled.
 */
export async function compileErrors(gpu: GPUDevice, entry: PipelineEntry): Promise<string | null> {
  const asked = entry.descriptor().compute.module.getCompilationInfo();
  // Chromium answers a second question about a module only with the next reply to something else
  gpu.pushErrorScope('validation');
  await gpu.popErrorScope();
  const { messages } = await asked;
  const lines = entry.code().split('\n');
  const errors = [...messages].filter(({ type }) => type === 'error');
  if (errors.length === 0) return null;
  const list = errors.map(({ lineNum, linePos, message }) => {
    return `  line ${lineNum}, column ${linePos}: ${message}${quote(lines[lineNum - 1] ?? '', linePos)}`;
  });
  return `it does not compile\n${list.join('\n')}`;
}

/** Characters of a quoted line on either side of the caret: a built kernel is one line. */
const REACH = 60;

/** A line, or the part of it around a column (from 1), and a caret below that column. */
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
