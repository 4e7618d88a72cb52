// An operation called outside of a scope keeps only its result: intermediate tensors are freed immediately,
// and tensors saved by its tape are freed with the result.
import { expect, test } from 'vitest';
import * as fg from '../../src/index.ts';
import { OPS } from '../../src/tensor/ops/table.ts';
import { testDevice } from '../support/device.ts';
import { callsOn } from '../support/op-calls.ts';

test('every op keeps only its result, taped or not', async () => {
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
  await device.sync(); // WebGPU accepted every command above
});
