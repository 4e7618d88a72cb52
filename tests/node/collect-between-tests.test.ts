import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { full } from '../../src/tensor/create.ts';
import { testDevice } from '../support/device.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** bytes before the first test, since other files of the process may have left tensors */
let before = 0;

test('a tensor that is collected during a test is still counted', async () => {
  const device = await testDevice();
  before = device.memory().liveBytes;
  for (let i = 0; i < 100; i++) full(device, [64], i);
  collect();
  await vi.waitFor(() => expect(globalThis.waitingFinalizers!.length).toBeGreaterThan(50), 5000); // they run in tasks
  expect(device.memory().liveBytes).toBe(before + 100 * 256);
});

test('and is released before the next one', async () => {
  const device = await testDevice();
  expect(device.memory().liveBytes).toBeLessThanOrEqual(before + 50 * 256);
  const { liveBytes } = device.memory();
  full(device, [64], 1).dispose(); // the registry works as before
  expect(device.memory().liveBytes).toBe(liveBytes);
});
