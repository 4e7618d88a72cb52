import { channelGate } from '../../src/tensor/ops/channel-gate.ts';
import { coordinateGate } from '../../src/tensor/ops/coordinate-gate.ts';
import { indexOf, map, type NdArray, random } from '../reference/array.ts';
import { unaryFunctions } from '../reference/ops/unary.ts';
import type { OpCheck } from './check-op.ts';

const { sigmoid } = unaryFunctions;

/** The gate [N, H or 1, W or 1, C] that element `offset` of x meets. */
function gateAt(x: NdArray, gate: NdArray, offset: number): number {
  const index = indexOf(x.shape, offset).map((i, axis) => Math.min(i, gate.shape[axis]! - 1));
  return gate.data[index.reduce((at, i, axis) => at * gate.shape[axis]! + i, 0)]!;
}

/** Gates from strips of width `m`, by plain loops. */
export function coordinateGateCheck(x: NdArray, m: number): OpCheck {
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

/** Gates of channels, by plain loops. */
export function channelGateCheck(x: NdArray, activation: 'hardSigmoid' | 'sigmoid'): OpCheck {
  const [n, , , c] = x.shape as [number, number, number, number];
  return {
    inputs: [x, random([n, 1, 1, c], 2, -5, 5)],
    run: ([x, gate]) => channelGate(x!, gate!, activation),
    reference: ([x, gate]) => map(x!, (v, i) => v * unaryFunctions[activation](gateAt(x!, gate!, i))),
  };
}
