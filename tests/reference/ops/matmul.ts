import { type NdArray, zeros } from '../array.ts';
import { broadcastOffsets, broadcastShapes } from '../broadcast.ts';

/** [..., M, K] x [..., K, N] -> [..., M, N]; the leading (batch) axes broadcast. */
export function matmul(a: NdArray, b: NdArray): NdArray {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const [innerB, columns] = b.shape.slice(-2) as [number, number];
  if (inner !== innerB) throw new Error(`matmul: [${a.shape}] and [${b.shape}] disagree on the inner extent`);
  const batchShape = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const out = zeros([...batchShape, rows, columns]);
  const fromA = broadcastOffsets(a.shape.slice(0, -2), batchShape);
  const fromB = broadcastOffsets(b.shape.slice(0, -2), batchShape);
  fromA.forEach((batchA, batch) => {
    const batchB = fromB[batch]!;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let total = 0;
        for (let k = 0; k < inner; k++) {
          total +=
            a.data[(batchA * rows + row) * inner + k]! * b.data[(batchB * inner + k) * columns + column]!;
        }
        out.data[(batch * rows + row) * columns + column] = total;
      }
    }
  });
  return out;
}

/** y = x W + b for x [..., in], W [in, out], b [out]. */
export function linear(x: NdArray, weight: NdArray, bias?: NdArray): NdArray {
  const [inputs, outputs] = weight.shape as [number, number];
  const rows = x.data.length / inputs;
  const out = matmul({ shape: [rows, inputs], data: x.data }, weight);
  if (bias) for (let i = 0; i < out.data.length; i++) out.data[i] = out.data[i]! + bias.data[i % outputs]!;
  return { shape: [...x.shape.slice(0, -1), outputs], data: out.data };
}
