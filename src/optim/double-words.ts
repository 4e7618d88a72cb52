/** The 64 bits of a number as two words, since a state dict holds f32 and u32 alone. */
export function toWords(value: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(Float64Array.of(value).buffer);
}

/** The number of such words. */
export function fromWords(words: ArrayLike<number>): number {
  return new Float64Array(Uint32Array.from(words).buffer)[0] as number;
}
