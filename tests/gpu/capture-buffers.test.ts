import { describe, expect, test } from 'vitest';
import { BufferPool } from '../../src/gpu/buffer-pool.ts';
import { CaptureBuffers } from '../../src/gpu/capture-buffers.ts';
import type { Recorded } from '../../src/gpu/resolver.ts';
import { newStats } from '../../src/gpu/stats.ts';
import { Storage } from '../../src/gpu/storage.ts';
import { generator } from '../reference/array.ts';

const KIB = 1024;

function buffers() {
  const source = {
    createBuffer: () => ({ destroy() {} }) as GPUBuffer,
    limits: { maxBufferSize: Number.MAX_SAFE_INTEGER },
  };
  return new CaptureBuffers(new BufferPool(source, newStats()));
}

/** Makes a storage that nothing references after the recording. */
function storage(kib: number): Storage {
  const made = new Storage({}, kib * KIB, 'tensor', `${kib} KiB`, () => {});
  made.references = 0;
  return made;
}

/** Makes a command that reads the first storages and writes the last one. */
function command(...storages: Storage[]): Recorded {
  const views = storages.map((one, binding) => ({
    binding,
    view: { storage: one, byteOffset: 0, byteLength: one.byteLength },
    isWritten: binding === storages.length - 1,
  }));
  return { label: '', entry: null as never, uniform: null, views, groups: [1, 1, 1] };
}

describe('the buffers of a recording', () => {
  test('the largest storages choose first', () => {
    const [a, b, c, d] = [storage(100), storage(40), storage(400), storage(40)] as const;
    const pool = buffers();
    // in the order of use, a could not serve c, and c would need its own buffer beside those of a and b
    pool.assign([command(a), command(a, b), command(b, c), command(c, d)]);
    expect(c.buffer).toBe(a.buffer);
    expect(d.buffer).toBe(b.buffer);
    expect(pool.byteLength).toBe(440 * KIB);
  });

  test('a storage that is read after the recording keeps its buffer to the end', () => {
    const [a, b] = [storage(8), storage(8)] as const;
    a.references = 1;
    const pool = buffers();
    pool.assign([command(a), command(b)]);
    expect(a.buffer).not.toBe(b.buffer);
  });

  test('a storage that is read first keeps its buffer from the beginning', () => {
    const [a, b, c] = [storage(8), storage(8), storage(8)] as const;
    const pool = buffers();
    pool.assign([command(a), command(b, c)]);
    expect(b.buffer).not.toBe(a.buffer);
    expect(c.buffer).toBe(a.buffer);
  });

  test('storages that already have a buffer keep it', () => {
    const outside = storage(8);
    const before = buffers().take(8 * KIB, 'outside');
    outside.buffer = before;
    const pool = buffers();
    pool.assign([command(outside, storage(8))]);
    expect(outside.buffer).toBe(before);
    expect(pool.byteLength).toBe(8 * KIB);
  });

  test('storages that are in use at the same time never share one', () => {
    const random = generator(1);
    const live: Storage[] = [];
    const list = Array.from({ length: 60 }, () => {
      const made = storage(1 + Math.floor(random() * 50));
      const read = live.filter(() => random() < 0.3);
      live.push(made);
      if (live.length > 5) live.splice(Math.floor(random() * 5), 1);
      return command(...read, made);
    });
    const pool = buffers();
    pool.assign(list);
    const last = new Map<Storage, number>();
    for (const [i, { views }] of list.entries()) for (const { view } of views) last.set(view.storage, i);
    const holds = new Map<unknown, Storage>();
    for (const [i, { views }] of list.entries()) {
      for (const { view } of views) {
        const { storage: one } = view;
        const other = holds.get(one.buffer);
        if (other && other !== one) expect(last.get(other)).toBeLessThan(i);
        expect(one.buffer?.byteLength).toBeGreaterThanOrEqual(one.byteLength);
        holds.set(one.buffer, one);
      }
    }
    const all = [...last.keys()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(pool.byteLength).toBeLessThan(all / 3);
  });
});
