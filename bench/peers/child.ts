// The Node process of a library, with Dawn as `navigator.gpu`, as in a page.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { openGpu } from '../../src/node/index.ts';
import { nodeAdapter } from '../lib/node-adapter.ts';
import type { Request, Response, Surroundings, Task } from './host.ts';

const opened = await openGpu();
Object.defineProperty(globalThis, 'navigator', {
  value: {
    gpu: opened.gpu,
    hardwareConcurrency: availableParallelism(),
    userAgent: `Node ${process.version}`,
  },
  configurable: true,
});
// jax-js uses iterator helpers, which Node supports from version 22 on
const iterators = Object.getPrototypeOf(Object.getPrototypeOf([].values())) as Record<string, unknown>;
for (const name of ['map', 'filter', 'flatMap', 'some', 'every', 'find', 'reduce', 'forEach'] as const) {
  iterators[name] ??= function (this: Iterable<unknown>, ...args: unknown[]) {
    const list: unknown[] = [...this];
    const result = (list[name] as (...args: unknown[]) => unknown).apply(list, args);
    return Array.isArray(result) ? result.values() : result;
  };
}
iterators.toArray ??= function (this: Iterable<unknown>) {
  return [...this];
};
const worker = await import('./worker.ts');

const methods: Record<string, (...args: never[]) => unknown> = {
  ...worker,
  surroundings: (): Surroundings => {
    const { name, vendor, architecture, driver, webgpu } = nodeAdapter(opened);
    return {
      adapter: { name, vendor, architecture, driver },
      engine: `Node ${process.version.slice(1)}, webgpu ${webgpu} (Dawn)`,
    };
  },
  open: (task: Task, weights: string) => worker.open(task, readFileSync(weights)),
};

process.on('message', ({ id, method, args }: Request) => {
  void (async () => {
    const answer: Response = { id };
    try {
      answer.result = await methods[method]?.(...(args as never[]));
    } catch (error) {
      answer.error = error instanceof Error ? error.message : String(error);
    }
    process.send?.(answer);
  })();
});
process.on('disconnect', () => process.exit(1)); // the benchmark has ended
process.send?.({ id: 0 } satisfies Response); // ready
