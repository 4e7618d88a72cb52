import { describe, expect, test } from 'vitest';
import { channelGate } from '../../src/tensor/ops/channel-gate.ts';
import { coordinateGate } from '../../src/tensor/ops/coordinate-gate.ts';
import { indexOf, map, type NdArray, random } from '../reference/array.ts';
import { unaryFunctions } from '../reference/ops/unary.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const { sigmoid } = unaryFunctions;
const shapes = [
  [2, 3, 4, 8],
  [1, 5, 7, 3],
  [3, 1, 1, 15],
  [1, 1, 6, 16],
  [2, 5, 1, 21],
  [1, 3, 3, 72],
  [4, 6, 2, 1],
];

/** The gate [N, H or 1, W or 1, C] that element `offset` of x meets. */
function gateAt(x: NdArray, gate: NdArray, offset: number): number {
  const index = indexOf(x.shape, offset).map((i, axis) => Math.min(i, gate.shape[axis]! - 1));
  return gate.data[index.reduce((at, i, axis) => at * gate.shape[axis]! + i, 0)]!;
}

describe.each(shapes)('[%i, %i, %i, %i]', (n, h, w, c) => {
  const x = random([n, h, w, c], 1);

  test.each(['hardSigmoid', 'sigmoid'] as const)('channelGate, %s', async (activation) => {
    await checkAgainstReference(await testDevice(), {
      inputs: [x, random([n, 1, 1, c], 2, -5, 5)],
      run: ([x, gate]) => channelGate(x!, gate!, activation),
      reference: ([x, gate]) => map(x!, (v, i) => v * unaryFunctions[activation](gateAt(x!, gate!, i))),
    });
  });

  test('coordinateGate', async () => {
    await checkAgainstReference(await testDevice(), {
      inputs: [x, random([n, h, 1, c], 2, -3, 3), random([n, 1, w, c], 3, -3, 3)],
      run: ([x, rows, columns]) => coordinateGate(x!, rows!, columns!),
      reference: ([x, rows, columns]) =>
        map(x!, (v, i) => v * sigmoid(gateAt(x!, rows!, i)) * sigmoid(gateAt(x!, columns!, i))),
    });
  });
});

test('say what does not fit', async () => {
  const device = await testDevice();
  const make = (...shape: number[]) => onDevice(device, random(shape, 1));
  const x = make(2, 3, 4, 8);
  expect(() => channelGate(x, make(2, 1, 1, 4), 'sigmoid')).toThrow(/gate has shape \[2, 1, 1, 4\]/);
  expect(() => coordinateGate(x, make(2, 4, 1, 8), make(2, 1, 4, 8))).toThrow(/rows has shape/);
  expect(() => coordinateGate(x, make(2, 3, 1, 8), make(2, 1, 3, 8))).toThrow(/columns has shape/);
});

test.each([15, 64])('several pixels a thread, %i channels', async (channels) => {
  const device = await testDevice();
  const shape = [4, 37, 35, channels];
  const x = random(shape, 1);
  const gate = random([4, 1, 1, channels], 2, -5, 5);
  const [rows, columns] = [random([4, 37, 1, channels], 3), random([4, 1, 35, channels], 4)];
  await checkAgainstReference(device, {
    inputs: [x, gate],
    run: ([x, gate]) => channelGate(x!, gate!, 'sigmoid'),
    reference: ([x, gate]) => map(x!, (v, i) => v * sigmoid(gateAt(x!, gate!, i))),
    directions: true,
  });
  await checkAgainstReference(device, {
    inputs: [x, rows, columns],
    run: ([x, rows, columns]) => coordinateGate(x!, rows!, columns!),
    reference: ([x, rows, columns]) =>
      map(x!, (v, i) => v * sigmoid(gateAt(x!, rows!, i)) * sigmoid(gateAt(x!, columns!, i))),
    directions: true,
  });
});
