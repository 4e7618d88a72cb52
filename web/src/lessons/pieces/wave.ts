/** Deterministic numbers from -1 to 1 that look random. */
export function wave(count: number, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1 + 57 * seed) ** 1.3));
}
