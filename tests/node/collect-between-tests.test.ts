import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { full } from '../../src/tensor/create.ts';
import { testDevice } from '../support/device.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

test('a tensor that is collected during a test is still counted', async () => {
  const device = await testDevice();
  const before = device.memory().liveBytes;
  for (let i = 0; i < 100; i++) full(device, [64], i);
  collect();
  await new Promise((resolve) => setTimeout(resolve, 20)); // finalizers run in tasks
  expect(globalThis.waitingFinalizers!.length).toBeGreaterThan(50);
  expect(device.memory().liveBytes).toBe(before + 100 * 256);
});

test('and is released before the next one', async () => {
  const device = await testDevice();
  expect(device.memory().liveBytes).toBeLessThanOrEqual(50 * 256);
  const { liveBytes } = device.memory();
  full(device, [64], 1).dispose(); // the registry works as before
  expect(device.memory().liveBytes).toBe(liveBytes);
});
