// Finds what WebGPU refused; loaded when that happens.

import type { PipelineEntry } from './pipelines.ts';
import type { Command } from './recorder.ts';

/**
 * Says which of the commands WebGPU refused, and why; null when each by itself is accepted. WebGPU reports
 * one error for a whole submission, so every command is encoded once more alone, under an error scope of its
 * own, and not submitted. Costs nothing until something fails.
 */
export async function explainRefusal(
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

/** Line, column, message and text of each error that the compiler found in a kernel; null without one. */
export async function compileErrors(gpu: GPUDevice, entry: PipelineEntry): Promise<string | null> {
  const asked = entry.descriptor().compute.module.getCompilationInfo();
  // Chromium answers a second question about a module only with the next reply to something else
  gpu.pushErrorScope('validation');
  await gpu.popErrorScope();
  const { messages } = await asked;
  const lines = entry.kernel.source.split('\n');
  const errors = [...messages].filter(({ type }) => type === 'error');
  if (errors.length === 0) return null;
  const list = errors.map(({ lineNum, linePos, message }) => {
    const text = lines[lineNum - 1]?.trim();
    return `  line ${lineNum}, column ${linePos}: ${message}${text ? `\n    ${text}` : ''}`;
  });
  return `it does not compile\n${list.join('\n')}`;
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
