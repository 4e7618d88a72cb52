// Loaded before each test file. Tensors that were not disposed are released between two tests, never during one: a garbage
// collection at any moment would otherwise change the memory that a test compares. In Chromium such tensors may even
// belong to another file, since all files share one page and one device.
import { beforeEach } from 'vitest';

declare global {
  /** finalizers of objects that were collected since the current test began; undefined before the first file */
  var waitingFinalizers: (() => void)[] | undefined;
}

if (!globalThis.waitingFinalizers) {
  const waiting: (() => void)[] = [];
  globalThis.waitingFinalizers = waiting;
  globalThis.FinalizationRegistry = class<T> extends FinalizationRegistry<T> {
    constructor(finalize: (held: T) => void) {
      super((held) => waiting.push(() => finalize(held)));
    }
  };
}

beforeEach(() => {
  for (const finalize of globalThis.waitingFinalizers!.splice(0)) finalize();
});
