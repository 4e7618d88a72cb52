import { type NdArray, zeros } from '../array.ts';

/** How the values of x [N, ..., C] form groups, and which number of weight and bias belongs to each. */
export interface Groups {
  /** for each group, the positions of its values in x */
  members: number[][];
  /** for each value of x, its position in weight and bias */
  affine: number[];
}

/** Neighboring channels of one image form a group, over all pixels. */
export function channelGroups(x: NdArray, numGroups: number): Groups {
  const channels = x.shape.at(-1)!;
  const perImage = x.data.length / x.shape[0]!;
  const members = Array.from({ length: x.shape[0]! * numGroups }, (): number[] => []);
  x.data.forEach((_, i) => {
    const group = Math.floor(((i % channels) * numGroups) / channels);
    members[Math.floor(i / perImage) * numGroups + group]!.push(i);
  });
  return { members, affine: Array.from(x.data, (_, i) => i % channels) };
}

/** The values of the last axes form a group. */
export function rowGroups(x: NdArray, axes: number): Groups {
  const width = x.shape.slice(-axes).reduce((product, n) => product * n, 1);
  const members = Array.from({ length: x.data.length / width }, (_, row) =>
    Array.from({ length: width }, (_, k) => row * width + k),
  );
  return { members, affine: Array.from(x.data, (_, i) => i % width) };
}

/** (x - mean) / sqrt(variance + eps) of each group, in two passes, and 1 / sqrt(variance + eps) for each value. */
export function normalized(
  x: NdArray,
  { members }: Groups,
  eps: number,
): { xhat: NdArray; scale: Float64Array } {
  const xhat = zeros(x.shape);
  const scale = new Float64Array(x.data.length);
  for (const group of members) {
    const mean = group.reduce((sum, i) => sum + x.data[i]!, 0) / group.length;
    const variance = group.reduce((sum, i) => sum + (x.data[i]! - mean) ** 2, 0) / group.length;
    for (const i of group) {
      scale[i] = 1 / Math.sqrt(variance + eps);
      xhat.data[i] = (x.data[i]! - mean) * scale[i]!;
    }
  }
  return { xhat, scale };
}

/** xhat weight + bias. */
export function normalize(x: NdArray, groups: Groups, eps = 1e-5, weight?: NdArray, bias?: NdArray): NdArray {
  const { xhat } = normalized(x, groups, eps);
  const data = xhat.data.map((value, i) => {
    const at = groups.affine[i]!;
    return value * (weight?.data[at] ?? 1) + (bias?.data[at] ?? 0);
  });
  return { shape: [...x.shape], data };
}
