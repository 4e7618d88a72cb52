import { checkCounts, checkValue, having } from '../gpu/check-options.ts';
import type { FaceBox } from './face.ts';

/**
 * Returns the square tiles in which faces are searched, per scale: for scale s, squares with the side (longer side of the
 * image) / s, each overlapping its neighbors by half or more, so that a face of up to half a tile is whole in one of them.
 * A tile that is higher or wider than the image is centered and extends beyond it.
 */
export function tilesFor(width: number, height: number, scales: readonly number[]): FaceBox[] {
  checkCounts('tilesFor', { width, height });
  checkValue('tilesFor', 'scales', scales, (value) => having(value, 'flatMap', 'a list of numbers'));
  return scales.flatMap((scale) => {
    const side = Math.max(1, Math.max(width, height) / scale);
    const rows = starts(height, side);
    return rows.flatMap((top) =>
      starts(width, side).map((left) => ({ left, top, width: side, height: side })),
    );
  });
}

/** Returns the first pixel of each tile along one axis. */
function starts(size: number, side: number): number[] {
  if (side >= size) return [(size - side) / 2];
  const steps = Math.ceil((size - side) / (side / 2) - 1e-9);
  return Array.from({ length: steps + 1 }, (_, i) => ((size - side) * i) / steps);
}
