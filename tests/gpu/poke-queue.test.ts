import { expect, test, vi } from 'vitest';
import { QueuePoker } from '../../src/gpu/poke-queue.ts';

const after = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** A queue that notices finished work after a number of milliseconds. */
function queueOf(milliseconds: number) {
  const submit = vi.fn<(buffers: Iterable<GPUCommandBuffer>) => void>();
  return { submit, onSubmittedWorkDone: () => after(milliseconds) as Promise<undefined> };
}

test('a queue that is slow to notice finished work is poked while something waits, and only then', async () => {
  const queue = queueOf(60);
  const poker = new QueuePoker(queue as unknown as GPUQueue);
  expect(await poker.wait(after(150).then(() => 'early'))).toBe('early'); // detected during this wait
  expect(queue.submit.mock.calls.length).toBeGreaterThan(0);
  await after(10);
  const before = queue.submit.mock.calls.length;
  await after(30);
  expect(queue.submit).toHaveBeenCalledTimes(before);
  await poker.wait(after(20));
  const { calls } = queue.submit.mock;
  expect(calls.length).toBeGreaterThan(before + 1);
  expect(calls.every(([buffers]) => [...buffers].length === 0)).toBe(true);
  await expect(poker.wait(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
});

test('a queue that responds immediately is not poked', async () => {
  const queue = queueOf(0);
  const poker = new QueuePoker(queue as unknown as GPUQueue);
  await poker.wait(after(60));
  expect(queue.submit).not.toHaveBeenCalled();
});
