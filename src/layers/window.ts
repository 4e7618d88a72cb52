import { outputLength, type Window } from '../tensor/ops/convolution-geometry.ts';

/** One number for both axes, or [along the height, along the width]. */
export type Pair = number | readonly [number, number];

/** Both numbers, whole and at least `least`. */
export function pair(what: string, value: Pair, least: number): [number, number] {
  const [a, b] = typeof value === 'number' ? [value, value] : value;
  if (!Number.isInteger(a) || !Number.isInteger(b) || a < least || b < least) {
    throw new Error(`${what}: got ${value}; must be whole numbers of at least ${least}`);
  }
  return [a, b];
}

/**
 * Output height and width of a sliding window.
 * @throws Error when it does not fit
 */
export function windowOutput(
  layer: string,
  size: readonly [number, number],
  window: Window,
): [number, number] {
  const along = (axis: 0 | 1): number => {
    const length = outputLength(size[axis], window, axis);
    if (length < 1) {
      const reach = (window.dilation?.[axis] ?? 1) * (window.kernel[axis] - 1) + 1;
      throw new Error(
        `${layer}: a window of ${reach} does not fit into ${size[axis]} pixels with padding ${window.padding[axis]}; ` +
          'use a larger input side or more padding',
      );
    }
    return length;
  };
  return [along(0), along(1)];
}
