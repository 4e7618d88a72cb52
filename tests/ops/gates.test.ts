import { describe, expect, test } from 'vitest';
import { zeros } from '../../src/tensor/create.ts';
import { channelGate } from '../../src/tensor/ops/channel-gate.ts';
import { coordinateGate } from '../../src/tensor/ops/coordinate-gate.ts';
import { random } from '../reference/array.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';
import { channelGateCheck, coordinateGateCheck } from '../support/gate-checks.ts';

const shapes = [
  [2, 3, 4, 8],
  [1, 5, 7, 3],
  [3, 1, 1, 15],
  [1, 1, 6, 16],
  [2, 5, 1, 21],
  [1, 2, 3, 72],
  [4, 6, 2, 1],
];

describe.each(shapes)('[%i, %i, %i, %i]', (n, h, w, c) => {
  const x = random([n, h, w, c], 1);

  test.each(['hardSigmoid', 'sigmoid'] as const)('channelGate, %s', async (activation) => {
    await checkAgainstReference(await testDevice(), channelGateCheck(x, activation));
  });

  test.each([1, 3, 8, 21])('coordinateGate from %i', async (m) => {
    // central differences of every weight take too long where there are thousands
    const directions = m * c > 500;
    await checkAgainstReference(await testDevice(), { ...coordinateGateCheck(x, m), directions });
  });
});

test('reject mismatched arguments', async () => {
  const device = await testDevice();
  const make = (...shape: number[]) => onDevice(device, random(shape, 1));
  const x = make(2, 3, 4, 8);
  expect(() => channelGate(x, make(2, 1, 1, 4), 'sigmoid')).toThrow(/gate has shape \[2, 1, 1, 4\]/);
  const gates = (m: number, c: number) => ({ weight: make(m, c), bias: make(c) });
  expect(() => coordinateGate(x, make(2, 6, 1, 3), gates(3, 8), gates(3, 8))).toThrow(/strips has shape/);
  expect(() => coordinateGate(x, make(2, 7, 1, 3), gates(4, 8), gates(3, 8))).toThrow(
    'the weight of rows has shape [4, 8], expected [3, 8]',
  );
  expect(() => coordinateGate(x, make(2, 7, 1, 3), gates(3, 8), { ...gates(3, 8), bias: make(3) })).toThrow(
    /the bias of columns has shape/,
  );
  const whole = (...shape: number[]) => zeros(device, shape, 'u32');
  const isWhole = (name: string) => `${name}: got a tensor of type u32, expected f32`;
  expect(() => channelGate(x, whole(2, 1, 1, 8), 'sigmoid')).toThrow(isWhole('channelGate: gate'));
  const strips = make(2, 7, 1, 3);
  const columns = { weight: whole(3, 8), bias: whole(8) };
  expect(() => coordinateGate(x, whole(2, 7, 1, 3), gates(3, 8), gates(3, 8))).toThrow(isWhole('strips'));
  expect(() => coordinateGate(x, strips, gates(3, 8), columns)).toThrow(isWhole('the weight of columns'));
  columns.weight = make(3, 8);
  expect(() => coordinateGate(x, strips, gates(3, 8), columns)).toThrow(isWhole('the bias of columns'));
});

test.each([15, 64])('several pixels per thread, %i channels', async (channels) => {
  const device = await testDevice();
  const shape = [4, 37, 35, channels];
  const x = random(shape, 1);
  await checkAgainstReference(device, { ...channelGateCheck(x, 'sigmoid'), directions: true });
  await checkAgainstReference(device, { ...coordinateGateCheck(x, 15), directions: true });
});
