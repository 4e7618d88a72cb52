/**
 * Computes the first two principal components of N points of D values, by power iteration on the N x N matrix of their
 * inner products, since N is small. The result is rotated and mirrored onto `before` (orthogonal Procrustes in two
 * dimensions), so that points move as little as possible.
 */
export function project(
  points: Float32Array,
  count: number,
  width: number,
  before: Float32Array | null,
  extra: { points: Float32Array; count: number } | null = null,
): { positions: Float32Array; extra: Float32Array | null } {
  const mean = new Float64Array(width);
  for (let i = 0; i < count; i++) for (let d = 0; d < width; d++) mean[d]! += points[i * width + d]! / count;
  const centered = new Float64Array(count * width);
  for (let i = 0; i < centered.length; i++) centered[i] = points[i]! - mean[i % width]!;

  const gram = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += centered[i * width + d]! * centered[j * width + d]!;
      gram[i * count + j] = sum;
      gram[j * count + i] = sum;
    }
  }
  const first = leading(gram, count, null);
  const second = leading(gram, count, first.vector);
  const positions = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    positions[2 * i] = first.vector[i]! * Math.sqrt(first.value);
    positions[2 * i + 1] = second.vector[i]! * Math.sqrt(second.value);
  }
  // a principal axis is X^T u / sqrt(value); the extra points are projected onto it
  const placed = extra ? new Float32Array(2 * extra.count) : null;
  if (extra && placed) {
    for (const [axis, { vector, value }] of [first, second].entries()) {
      if (value <= 0) continue;
      const direction = new Float64Array(width);
      for (let i = 0; i < count; i++) {
        for (let d = 0; d < width; d++) direction[d]! += vector[i]! * centered[i * width + d]!;
      }
      for (let k = 0; k < extra.count; k++) {
        let sum = 0;
        for (let d = 0; d < width; d++) sum += (extra.points[k * width + d]! - mean[d]!) * direction[d]!;
        placed[2 * k + axis] = sum / Math.sqrt(value);
      }
    }
  }
  if (before) turnOnto(before, positions, placed);
  return { positions, extra: placed };
}

/** Returns the leading eigenvector of a symmetric matrix that is orthogonal to `not`. */
function leading(matrix: Float64Array, n: number, not: Float64Array | null) {
  let vector = Float64Array.from({ length: n }, (_, i) => Math.sin(1 + i * (not ? 2.3 : 1.7)));
  let value = 0;
  for (let round = 0; round < 60; round++) {
    if (not) {
      const along = vector.reduce((sum, v, i) => sum + v * not[i]!, 0);
      vector = vector.map((v, i) => v - along * not[i]!);
    }
    const next = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
      next[i] = sum;
    }
    value = Math.hypot(...next);
    if (value < 1e-30) return { vector: new Float64Array(n), value: 0 };
    vector = next.map((v) => v / value);
  }
  return { vector, value };
}

/** Rotates (and mirrors) both lists of points in place so that `points` is nearest to `before`. */
function turnOnto(before: Float32Array, points: Float32Array, others: Float32Array | null): void {
  const candidates = [1, -1].map((mirror) => {
    let [dot, cross] = [0, 0];
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [points[i]!, mirror * points[i + 1]!];
      dot += x * before[i]! + y * before[i + 1]!;
      cross += x * before[i + 1]! - y * before[i]!;
    }
    return { mirror, angle: Math.atan2(cross, dot), fit: Math.hypot(dot, cross) };
  });
  const [best] = candidates.sort((a, b) => b.fit - a.fit);
  const { mirror, angle } = best as (typeof candidates)[number];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (const list of others ? [points, others] : [points]) {
    for (let i = 0; i < list.length; i += 2) {
      const [x, y] = [list[i]!, mirror * list[i + 1]!];
      list[i] = cos * x - sin * y;
      list[i + 1] = sin * x + cos * y;
    }
  }
}
