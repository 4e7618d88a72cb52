import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { restWhile } from '../../src/node/rest-while.ts';

afterEach(() => void vi.restoreAllMocks());

describe('restWhile', () => {
  it('returns the value, sleeps at each turn until then, and lets timers run', async () => {
    const rest = vi.spyOn(Atomics, 'wait');
    let ticks = 0;
    const value = restWhile(
      (async () => {
        for (; ticks < 3; ticks++) await sleep(2);
        return 'done';
      })(),
    );
    expect(await value).toBe('done');
    expect(ticks).toBe(3);
    expect(rest.mock.calls.length).toBeGreaterThan(0);
  });

  it('stops when the last of several waits ends, and starts again', async () => {
    const rest = vi.spyOn(Atomics, 'wait');
    await Promise.all([restWhile(sleep(1)), restWhile(sleep(6))]);
    await sleep(5);
    const before = rest.mock.calls.length;
    await sleep(5);
    expect(rest.mock.calls.length).toBe(before);
    await restWhile(sleep(2));
    expect(rest.mock.calls.length).toBeGreaterThan(before);
  });

  it('sleeps once per turn, for any number of successive waits', async () => {
    for (let i = 0; i < 20; i++) await restWhile(Promise.resolve());
    const rest = vi.spyOn(Atomics, 'wait');
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await restWhile(sleep(10));
    isOver = true;
    expect(rest.mock.calls.length).toBeLessThanOrEqual(turns + 1);
  });

  it('forwards an error', async () => {
    await expect(restWhile(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  });
});
