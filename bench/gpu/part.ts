// One process of `npm run bench:gpu`: measures one part and sends each result to its parent. A separate process per part
// means that a driver that crashes or hangs costs only that part.
import { createDevice, openGpu } from '../../src/node/index.ts';
import { type NodeAdapter, nodeAdapter } from '../lib/node-adapter.ts';
import { DIRECTIONS } from '../own/kernel-cases.ts';
import { measureKernels } from '../own/kernels.ts';
import { measureLimits } from '../own/limits.ts';
import { measureModel } from '../own/model.ts';
import { layerShapes } from '../own/shapes.ts';
import type { PartMessage, PartTask } from './messages.ts';

const send = (message: PartMessage) =>
  new Promise<void>((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });

async function facts(): Promise<NodeAdapter> {
  const opened = await openGpu();
  const found = nodeAdapter(opened);
  opened.release();
  return found;
}

async function run(task: PartTask): Promise<void> {
  if (task.part === 'facts') return send({ kind: 'facts', value: await facts() });
  if (task.part === 'network') {
    const { row, ...options } = task;
    return send({
      kind: 'network',
      value: await measureModel(() => createDevice(), row, options),
    });
  }
  const device = await createDevice();
  try {
    if (task.part === 'limits') {
      await send({ kind: 'limits', value: await measureLimits(device) });
      return;
    }
    const { batch, side, seconds, limits } = task;
    for (const shape of shuffled(layerShapes(batch, side))) {
      const options = { directions: DIRECTIONS, input: `batch ${batch} at ${side}`, seconds };
      const value = await measureKernels(device, [shape], limits, options);
      await send({ kind: 'kernels', value });
    }
  } finally {
    device.destroy();
  }
}

/** Takes every third shape, then the others, so that shapes of all depths are measured if the time ends early. */
function shuffled<T>(items: readonly T[]): T[] {
  return [0, 1, 2].flatMap((rest) => items.filter((_, i) => i % 3 === rest));
}

process.on('disconnect', () => process.exit(1)); // the benchmark has ended
try {
  await run(JSON.parse(process.argv[2] as string) as PartTask);
} catch (error) {
  await send({ kind: 'error', value: error instanceof Error ? error.message : String(error) });
}
process.exit(0);
