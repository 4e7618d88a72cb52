import { expect, test } from 'vitest';
import { Linear } from '../../src/layers/linear.ts';
import { full } from '../../src/tensor/create.ts';
import { add } from '../../src/tensor/ops/binary.ts';
import { exp } from '../../src/tensor/ops/unary.ts';
import { scope } from '../../src/tensor/scope.ts';
import { openDevice, testDevice } from '../support/device.ts';

test('one row per kernel and operation, with times if the adapter has timestamps, otherwise a clear error', async () => {
  const device = await testDevice();
  const x = full(device, [64, 16], 1);
  const model = new Linear(16, 8).to(device);
  const work = () =>
    scope(() => {
      model.path = 'head';
      model.call(exp(exp(x)));
      add(x, 1);
    });
  await device.sync();
  const { liveBytes } = device.memory();
  if (!device.features.has('timestamp-query')) {
    await expect(device.profile(work)).rejects.toThrow(
      `profile: this adapter (${device.description}) has no timestamp-query`,
    );
    return;
  }
  const rows = await device.profile(work);
  const calls = Object.fromEntries(rows.map(({ label, calls }) => [label, calls]));
  expect(calls).toMatchObject({ exp: 2, add: 1, 'head: linear': 1 });
  expect(rows.find(({ label }) => label === 'exp')?.kernel).toBe('unary');
  for (const { milliseconds } of rows) {
    expect(Number.isFinite(milliseconds) && milliseconds >= 0).toBe(true);
  }
  // slowest first
  const times = rows.map(({ milliseconds }) => milliseconds);
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(device.memory().liveBytes).toBe(liveBytes);
});

test('a recording is profiled unchanged, and computes its results', async () => {
  const device = await testDevice();
  const x = full(device, [100], 0);
  const recording = await device.capture(() => scope(() => add(exp(x), 1)));
  if (device.features.has('timestamp-query')) {
    const rows = await recording.profile();
    expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(recording.dispatches);
  } else {
    await expect(recording.profile()).rejects.toThrow('has no timestamp-query');
    recording.run();
  }
  expect([...new Set(await recording.outputs.data())]).toEqual([2]);
  recording.dispose();
});

test('an adapter without timestamps is an error', async () => {
  using device = await openDevice();
  Object.defineProperty(device, 'features', { value: new Set<string>() });
  await expect(device.profile(() => {})).rejects.toThrow(
    `profile: this adapter (${device.description}) has no timestamp-query`,
  );
});
