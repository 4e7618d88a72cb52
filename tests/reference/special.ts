import { type NdArray, zeros } from './array.ts';
import { Value } from './tape/value.ts';

/**
 * Pools images [N, H, W, C] over one axis, which keeps an extent of 1: mean, maximum or both added. NaN is the largest;
 * the first of equal maxima gets the gradient.
 */
export function poolStrips(x: Value, axis: 'width' | 'height', kind: 'avg' | 'max' | 'both'): Value {
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  const [positions, length] = axis === 'width' ? [height, width] : [width, height];
  const out: NdArray = zeros([n, axis === 'width' ? height : 1, axis === 'width' ? 1 : width, channels]);
  const strips = Array.from(out.data, (_, i) => {
    const [image, position, c] = [
      Math.floor(i / (positions * channels)),
      Math.floor(i / channels) % positions,
      i % channels,
    ];
    return Array.from({ length }, (_, k) => {
      const [h, w] = axis === 'width' ? [position, k] : [k, position];
      return ((image * height + h) * width + w) * channels + c;
    });
  });
  const places = strips.map((strip) => {
    const values = strip.map((source) => x.data[source]!);
    const nan = values.findIndex(Number.isNaN);
    return strip[nan >= 0 ? nan : values.indexOf(Math.max(...values))]!;
  });
  strips.forEach((strip, i) => {
    const mean = strip.reduce((sum, source) => sum + x.data[source]!, 0) / length;
    const most = x.data[places[i]!]!;
    out.data[i] = kind === 'avg' ? mean : kind === 'max' ? most : most + mean;
  });
  return new Value(out, [x], (grad) => {
    strips.forEach((strip, i) => {
      if (kind !== 'avg') x.grad[places[i]!]! += grad[i]!;
      if (kind !== 'max') for (const source of strip) x.grad[source]! += grad[i]! / length;
    });
  });
}
