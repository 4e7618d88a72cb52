import type { DispatchSpec } from './dispatch.ts';
import { DeviceLimitError } from './errors.ts';
import type { Kernel } from './kernel.ts';

/**
 * Returns the number of workgroups along x, y, z. A single number of threads is spread over y when it exceeds the limit
 * of x.
 * @param flatSize workgroup size of flat kernels
 * @throws DeviceLimitError beyond `limit` workgroups per dimension
 * @throws Error when the dispatch has neither threads nor workgroups
 */
export function workgroupsFor(
  kernel: Kernel,
  { threads, workgroups }: Pick<DispatchSpec, 'threads' | 'workgroups'>,
  label: string,
  limit: number,
  flatSize: number,
): [number, number, number] {
  let groups: [number, number, number];
  if (workgroups) groups = [...workgroups];
  else if (typeof threads === 'number') {
    const [x, y, z] = kernel.workgroupSize;
    const size = kernel.isFlat ? flatSize : x * y * z;
    const count = Math.max(1, Math.ceil(threads / size));
    const rows = Math.ceil(count / limit);
    groups = [Math.ceil(count / rows), rows, 1];
  } else if (threads) {
    const size = kernel.workgroupSize;
    groups = threads.map((n, i) => Math.max(1, Math.ceil(n / (size[i] as number)))) as typeof groups;
  } else throw new Error(`${label}: the dispatch has neither threads nor workgroups`);
  if (groups.some((n) => n > limit)) {
    throw new DeviceLimitError(
      `${label}: needs ${groups.join(' x ')} workgroups, but this adapter allows ${limit} per dimension. Use a smaller batch.`,
    );
  }
  return groups;
}
