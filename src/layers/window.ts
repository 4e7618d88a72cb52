import { ShapeError } from '../tensor/errors.ts';
import { outputLength, paddingOf, reachOf, type Window } from '../tensor/ops/convolution-geometry.ts';

/**
 * Returns the output height and width of a sliding window.
 * @throws ShapeError when the window is larger than the padded input
 */
export function windowOutput(
  layer: string,
  size: readonly [number, number],
  window: Window,
): [number, number] {
  const along = (axis: 0 | 1): number => {
    const length = outputLength(size[axis], window, axis);
    if (length < 1) {
      throw new ShapeError(
        `${layer}: a window of ${reachOf(window, axis)} does not fit in ${size[axis]} pixels with padding ` +
          `${[...new Set(paddingOf(size[axis], window, axis))].join(' and ')}. ` +
          'Use a larger input or more padding.',
      );
    }
    return length;
  };
  return [along(0), along(1)];
}
