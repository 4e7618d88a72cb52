import { map, type NdArray, zeros } from '../array.ts';

/** x - log sum exp x over the last axis, after subtracting the row's largest value. */
export function logSoftmax(x: NdArray): NdArray {
  const width = x.shape[x.shape.length - 1]!;
  const out = zeros(x.shape);
  for (let start = 0; start < x.data.length; start += width) {
    const row = x.data.subarray(start, start + width);
    const greatest = row.reduce((a, b) => Math.max(a, b));
    const total = row.reduce((sum, value) => sum + Math.exp(value - greatest), 0);
    for (let i = 0; i < width; i++) out.data[start + i] = row[i]! - greatest - Math.log(total);
  }
  return out;
}

export function softmax(x: NdArray): NdArray {
  return map(logSoftmax(x), Math.exp);
}
