import type { Device } from './device.ts';
import type { Command } from './resolver.ts';
import type { Submissions } from './submissions.ts';

/** GPU time of one kernel in one operation. */
export interface ProfileRow {
  /** operation, preceded by the path of the layer that recorded it */
  label: string;
  /** name of the .wgsl file without the extension */
  kernel: string;
  calls: number;
  /** total GPU time of all calls */
  milliseconds: number;
}

const MAX_QUERIES = 4096; // WebGPU's limit per query set; two per dispatch

/**
 * Runs each command in a separate pass with timestamps at begin and end; resolves to one row per operation and kernel.
 * Long work is split like other submissions.
 * @throws Error when the adapter has no timestamp-query
 */
export async function profileCommands(
  device: Device,
  submissions: Submissions,
  commands: readonly Command[],
): Promise<ProfileRow[]> {
  if (!device.features.has('timestamp-query')) {
    throw new Error(`profile: this adapter (${device.description}) has no timestamp-query`);
  }
  submissions.readback.copyRest();
  const parts = submissions.host.budget?.split(commands) ?? [commands];
  const rows = await submissions.wait(timeCommands(device, parts));
  await submissions.errorScopes.settle();
  return rows;
}

async function timeCommands(
  { gpu, pipelines }: Device,
  parts: readonly (readonly Command[])[],
): Promise<ProfileRow[]> {
  const rows = new Map<string, ProfileRow>();
  for (const part of parts.flatMap((one) => inGroups(one, MAX_QUERIES / 2))) {
    const count = 2 * part.length;
    const querySet = gpu.createQuerySet({ type: 'timestamp', count });
    const resolved = gpu.createBuffer({ size: 8 * count, usage: 0x200 | 0x4 });
    const staging = gpu.createBuffer({ size: 8 * count, usage: 0x1 | 0x8 });
    const encoder = gpu.createCommandEncoder({ label: 'profile' });
    part.forEach((command, i) => {
      const pass = encoder.beginComputePass({
        timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 },
      });
      pass.setPipeline(pipelines.compileNow(command.entry));
      pass.setBindGroup(0, command.bindGroup);
      pass.dispatchWorkgroups(command.groups[0], command.groups[1], command.groups[2]);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
    gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
    part.forEach((command, i) => {
      const milliseconds = Number((stamps[2 * i + 1] as bigint) - (stamps[2 * i] as bigint)) / 1e6;
      const key = `${command.label}|${command.entry.kernel.name}`;
      const row = rows.get(key) ?? {
        label: command.label,
        kernel: command.entry.kernel.name,
        calls: 0,
        milliseconds: 0,
      };
      row.calls++;
      row.milliseconds += milliseconds;
      rows.set(key, row);
    });
    for (const buffer of [resolved, staging]) buffer.destroy();
    querySet.destroy();
  }
  return [...rows.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

function inGroups(commands: readonly Command[], most: number): (readonly Command[])[] {
  return Array.from({ length: Math.ceil(commands.length / most) }, (_, i) =>
    commands.slice(i * most, (i + 1) * most),
  );
}
