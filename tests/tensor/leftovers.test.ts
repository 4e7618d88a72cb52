// An operation that is called outside of a scope leaves its result alone: what it made on the way is let go at once,
// and what its tape saved goes with the result.
import { expect, test } from 'vitest';
import * as fg from '../../src/index.ts';
import { OPS } from '../../src/tensor/ops/table.ts';
import { testDevice } from '../support/device.ts';
import { callsOn } from '../support/op-calls.ts';

test('every op leaves its result alone, taped or not', async () => {
  const device = await testDevice();
  const calls = callsOn(device);
  for (const { name } of OPS) {
    expect(calls[name], `a call of ${name} is missing here`).toBeDefined();
    for (const [i, call] of calls[name]!.entries()) {
      for (const run of [call, () => fg.noGrad(call)]) {
        const before = device.memory().liveStorages;
        run().dispose();
        expect(device.memory().liveStorages - before, `${name}, call ${i}`).toBe(0);
      }
    }
  }
  await device.sync(); // every command above was one that WebGPU takes
});
