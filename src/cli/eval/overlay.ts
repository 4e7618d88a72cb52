/** Color map from low to high gates: dark blue, red, yellow. */
const COLORS = [
  [24, 28, 92],
  [205, 62, 78],
  [255, 232, 120],
] as const;
/** Opacity of the color over the face. */
const STRENGTH = 0.55;

/** Rescales a square map to 0..1 and enlarges it to side x side, bilinearly. A constant map becomes 0.5. */
export function enlarge(map: Float32Array, mapSide: number, side: number): Float32Array {
  const least = map.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = map.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const values = new Float32Array(side * side).fill(0.5);
  if (!(most > least)) return values;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = bilinear(map, mapSide, ((y + 0.5) / side) * mapSide, ((x + 0.5) / side) * mapSide);
      values[y * side + x] = (value - least) / (most - least);
    }
  }
  return values;
}

/**
 * Colors a gray face by values, from 0 (dark blue) to 1 (yellow). Returns RGB bytes.
 * @param face RGB bytes, three per value
 */
export function overlay(face: Uint8Array, values: Float32Array): Uint8Array {
  const pixels = new Uint8Array(face.length);
  values.forEach((value, i) => {
    const color = colorOf(value);
    const gray = 0.299 * face[3 * i]! + 0.587 * face[3 * i + 1]! + 0.114 * face[3 * i + 2]!;
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = Math.round((1 - STRENGTH) * gray + STRENGTH * color[c]!);
  });
  return pixels;
}

/** Interpolates the map at a point in pixels; pixel centers are at .5, and edge values extend beyond the edge. */
function bilinear(map: Float32Array, side: number, y: number, x: number): number {
  const [top, left] = [y, x].map((at) => Math.min(side - 1, Math.max(0, at - 0.5))) as [number, number];
  const [row, column] = [Math.floor(top), Math.floor(left)];
  const [below, right] = [Math.min(side - 1, row + 1), Math.min(side - 1, column + 1)];
  const [v, u] = [top - row, left - column];
  const mix = (r: number) => (1 - u) * map[r * side + column]! + u * map[r * side + right]!;
  return (1 - v) * mix(row) + v * mix(below);
}

function colorOf(share: number): readonly number[] {
  const at = Math.min(1, Math.max(0, share)) * (COLORS.length - 1);
  const low = Math.min(COLORS.length - 2, Math.floor(at));
  return COLORS[low]!.map((value, c) => value + (at - low) * (COLORS[low + 1]![c]! - value));
}
