// The augmentation in float64: the draws of pcg4d, what they change, and the resulting image.
import type { Augmentation, Range } from '../../src/data/augmentation.ts';

type Words = [number, number, number, number];

/** Jarzynski & Olano, JCGT 9(3), 2020, in 32-bit arithmetic. */
export function pcg4d(input: Words): Words {
  const v = Uint32Array.from(input, (word) => Math.imul(word, 1664525) + 1013904223);
  const mix = () => {
    for (const [to, a, b] of [
      [0, 1, 3],
      [1, 2, 0],
      [2, 0, 1],
      [3, 1, 2],
    ] as const) {
      v[to] = v[to]! + Math.imul(v[a]!, v[b]!);
    }
  };
  mix();
  v.forEach((word, i) => {
    v[i] = word ^ (word >>> 16);
  });
  mix();
  return [...v] as Words;
}

export interface Clock {
  seed: number;
  step: number;
  slot: number;
}

export interface Changes {
  mirror: boolean;
  /** degrees, counter-clockwise */
  angle: number;
  /** rows and columns, in sides */
  shift: [number, number];
  window: number;
  offset: [number, number];
  slope: number;
  /** 0..255 */
  bias: number;
  noise: number;
  saturation: number;
  /** first row, first column, row after the last, column after the last */
  box: [number, number, number, number] | null;
  /** whether light and shift were selected, which a slope of 1 does not tell */
  happens: { light: boolean; shift: boolean; crop: boolean; noise: boolean; rotation: boolean };
  draw: (number: number) => Words;
}

/** The draws of the kernel for one image. */
export function drawChanges(augmentation: Augmentation, { seed, step, slot }: Clock, side: number): Changes {
  const key = pcg4d([slot, step, seed >>> 0, Math.floor(seed / 2 ** 32)]);
  const draw = (number: number) =>
    pcg4d([(key[0] ^ number) >>> 0, key[1], key[2], key[3]]).map((word) => (word >>> 8) / 2 ** 24) as Words;
  const { mirror = 0, rotation, shift, crop, light, noise, saturation, erasing } = augmentation;
  const shares = [mirror, ...[rotation, shift, crop, light, noise].map((change) => change?.probability ?? 0)];
  const [first, second] = [draw(0), draw(1)];
  const own = [...first, second[0], second[1]];
  let below = 0;
  const on = shares.map((share, k) => {
    if (!augmentation.oneOf) return own[k]! < share;
    below += share;
    return first[0] >= below - share && first[0] < below;
  });
  const between = ([low, high]: Range, u: number) => low + (high - low) * u;
  const sign = (u: number) => (u < 0.5 ? 1 : -1);
  const [a, b, c, d] = [draw(2), draw(3), draw(4), draw(5)];
  const window = on[3] ? between(crop!.side, b[2]) : 1;
  const slope = on[4] ? between(light!.slope, c[2]) : 1;
  const bias = on[4] ? between(light!.bias ?? [0, 0], c[3]) + (light!.pivot ?? 0) * (1 - slope) : 0;
  return {
    mirror: on[0]!,
    angle: on[1] ? sign(a[1]) * between(rotation!.degrees, a[0]) : 0,
    shift: on[2]
      ? [sign(b[0]) * between(shift!.sides, a[2]), sign(b[1]) * between(shift!.sides, a[3])]
      : [0, 0],
    window,
    offset: [(c[0] - 0.5) * (1 - window), (c[1] - 0.5) * (1 - window)],
    slope,
    bias,
    noise: on[5] ? between(noise!.deviation, d[0]) : 0,
    saturation: saturation && second[2] < saturation.probability ? between(saturation.factor, d[1]) : 1,
    box: erasing && second[3] < erasing.probability ? erasedBox(erasing, draw, side) : null,
    happens: { rotation: on[1]!, shift: on[2]!, crop: on[3]!, light: on[4]!, noise: on[5]! },
    draw,
  };
}

function erasedBox(
  { area, aspect }: NonNullable<Augmentation['erasing']>,
  draw: (number: number) => Words,
  side: number,
): Changes['box'] {
  for (let attempt = 0; attempt < 10; attempt++) {
    const u = draw(8 + attempt);
    const pixels = (area[0] + (area[1] - area[0]) * u[0]) * side * side;
    const ratio = Math.exp(Math.log(aspect[0]) + (Math.log(aspect[1]) - Math.log(aspect[0])) * u[1]);
    const [height, width] = [Math.round(Math.sqrt(pixels * ratio)), Math.round(Math.sqrt(pixels / ratio))];
    if (height < 1 || width < 1 || height >= side || width >= side) continue;
    const row = Math.floor(u[2] * (side - height + 1));
    const column = Math.floor(u[3] * (side - width + 1));
    return [row, column, row + height, column + width];
  }
  return null;
}

export interface ReferencePicture {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  data: ArrayLike<number>;
}

/**
 * The augmented image, [side, side, 3], as (v - mean) / std of values in 0..1; NaN where rounding decides on which side
 * of an edge a pixel is.
 */
export function augmented(
  picture: ReferencePicture,
  changes: Changes,
  { side, mean, std }: { side: number; mean: readonly number[]; std: readonly number[] },
): Float64Array {
  const { width, height } = picture;
  const colors = Array.from({ length: width * height }, (_, at) => litColor(picture, at, changes));
  const y = new Float64Array(side * side * 3);
  const radians = (changes.angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const at = 3 * (i * side + j);
      const { box } = changes;
      if (box && i >= box[0] && j >= box[1] && i < box[2] && j < box[3]) continue;
      const row = (i + 0.5) / side - 0.5 - changes.shift[0];
      const column = (changes.mirror ? -1 : 1) * ((j + 0.5) / side - 0.5) - changes.shift[1];
      const place = [sin * column + cos * row, cos * column - sin * row];
      const [rows, columns] = [height, width].map((pixels, axis) => {
        const center = (0.5 + changes.offset[axis]! + changes.window * place[axis]!) * pixels;
        return triangle(pixels, center, Math.max(1, (changes.window * pixels) / side));
      }) as [Map<number, number>, Map<number, number>];
      for (const [r, a] of rows) {
        for (const [s, b] of columns) {
          for (let c = 0; c < 3; c++) y[at + c]! += (a * b * colors[r * width + s]![c]!) / 255;
        }
      }
      for (let c = 0; c < 3; c++) y[at + c] = (y[at + c]! - mean[c]!) / std[c]!;
    }
  }
  return y;
}

/**
 * Weights of the pixels along an axis around a position, which is clamped to at least half the triangle's width
 * outside.
 */
function triangle(pixels: number, place: number, reach: number): Map<number, number> {
  const margin = Math.min(reach, pixels) / 2;
  const center = Math.min(Math.max(place, margin), pixels - margin);
  const weights = new Map<number, number>();
  let sum = 0;
  for (let at = 0; at < pixels; at++) {
    const weight = 1 - Math.abs(at + 0.5 - center) / reach;
    if (weight <= 0) continue;
    weights.set(at, weight);
    sum += weight;
  }
  for (const [at, weight] of weights) weights.set(at, weight / sum);
  return weights;
}

function litColor({ channels, data }: ReferencePicture, at: number, changes: Changes): number[] {
  const { slope, bias, noise, saturation, draw } = changes;
  let color = [0, 1, 2].map((c) => data[at * channels + (channels === 1 ? 0 : c)]!);
  if (channels === 4) {
    const alpha = data[4 * at + 3]! / 255;
    color = color.map((v) => alpha * v + (1 - alpha) * 255);
  }
  if (channels > 1) {
    const gray = 0.299 * color[0]! + 0.587 * color[1]! + 0.114 * color[2]!;
    color = color.map((v) => gray + saturation * (v - gray));
  }
  const u = draw(65536 + at);
  const [one, two] = [Math.sqrt(-2 * Math.log(1 - u[0])), Math.sqrt(-2 * Math.log(1 - u[2]))];
  const normal = [
    one * Math.cos(2 * Math.PI * u[1]),
    one * Math.sin(2 * Math.PI * u[1]),
    two * Math.cos(2 * Math.PI * u[3]),
  ];
  return color.map((v, c) => {
    const lit = slope * v + bias + noise * normal[channels === 1 ? 0 : c]!;
    return Math.min(255, Math.max(0, lit));
  });
}
