import { describe, expect, test } from 'vitest';
import { zeros } from '../../src/tensor/create.ts';
import { channelGate } from '../../src/tensor/ops/channel-gate.ts';
import { coordinateGate } from '../../src/tensor/ops/coordinate-gate.ts';
import { indexOf, map, type NdArray, random } from '../reference/array.ts';
import { unaryFunctions } from '../reference/ops/unary.ts';
import { checkAgainstReference, type OpCheck, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const { sigmoid } = unaryFunctions;
const shapes = [
  [2, 3, 4, 8],
  [1, 5, 7, 3],
  [3, 1, 1, 15],
  [1, 1, 6, 16],
  [2, 5, 1, 21],
  [1, 2, 3, 72],
  [4, 6, 2, 1],
];

/** The gate [N, H or 1, W or 1, C] that element `offset` of x meets. */
function gateAt(x: NdArray, gate: NdArray, offset: number): number {
  const index = indexOf(x.shape, offset).map((i, axis) => Math.min(i, gate.shape[axis]! - 1));
  return gate.data[index.reduce((at, i, axis) => at * gate.shape[axis]! + i, 0)]!;
}

/** Gates from strips of width `m`, by plain loops. */
function coordinateGateCheck(x: NdArray, m: number): OpCheck {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  return {
    inputs: [
      x,
      random([n, h + w, 1, m], 2),
      random([m, c], 3),
      random([c], 4),
      random([m, c], 5),
      random([c], 6),
    ],
    run: ([x, strips, ...[rowWeight, rowBias, columnWeight, columnBias]]) =>
      coordinateGate(
        x!,
        strips!,
        { weight: rowWeight!, bias: rowBias! },
        { weight: columnWeight!, bias: columnBias! },
      ),
    reference: ([x, strips, rowWeight, rowBias, columnWeight, columnBias]) => {
      // one gate per image, row or column, and channel
      const gates = (first: number, count: number, weight: NdArray, bias: NdArray) =>
        Float64Array.from({ length: n * count * c }, (_, i) => {
          const [channel, strip, picture] = [i % c, Math.floor(i / c) % count, Math.floor(i / c / count)];
          let sum = bias.data[channel]!;
          for (let k = 0; k < m; k++) {
            sum += strips!.data[(picture * (h + w) + first + strip) * m + k]! * weight.data[k * c + channel]!;
          }
          return sigmoid(sum);
        });
      const byRow = gates(0, h, rowWeight!, rowBias!);
      const byColumn = gates(h, w, columnWeight!, columnBias!);
      return map(x!, (v, i) => {
        const [picture, row, column, channel] = indexOf(x!.shape, i) as [number, number, number, number];
        return (
          v * byRow[(picture * h + row) * c + channel]! * byColumn[(picture * w + column) * c + channel]!
        );
      });
    },
  };
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
  const gate = random([4, 1, 1, channels], 2, -5, 5);
  await checkAgainstReference(device, {
    inputs: [x, gate],
    run: ([x, gate]) => channelGate(x!, gate!, 'sigmoid'),
    reference: ([x, gate]) => map(x!, (v, i) => v * sigmoid(gateAt(x!, gate!, i))),
    directions: true,
  });
  await checkAgainstReference(device, { ...coordinateGateCheck(x, 15), directions: true });
});
