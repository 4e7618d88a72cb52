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

export interface Window {
  kernel: readonly [number, number];
  stride: readonly [number, number];
  padding: readonly [number, number];
  dilation?: readonly [number, number];
}

/** Output height and width of a sliding window: floor((n + 2 p - d (k - 1) - 1) / s) + 1. */
export function windowOutput(
  layer: string,
  size: readonly [number, number],
  window: Window,
): [number, number] {
  const along = (axis: 0 | 1): number => {
    const reach = (window.dilation?.[axis] ?? 1) * (window.kernel[axis] - 1) + 1;
    const padded = size[axis] + 2 * window.padding[axis];
    if (padded < reach) {
      throw new Error(
        `${layer}: a window of ${reach} does not fit into ${size[axis]} pixels with padding ${window.padding[axis]}; ` +
          'use a larger input side or more padding',
      );
    }
    return Math.floor((padded - reach) / window.stride[axis]) + 1;
  };
  return [along(0), along(1)];
}
