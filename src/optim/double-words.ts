/** Returns the 64 bits of a number as two u32 words, because a state dict holds only f32 and u32. */
export function toWords(value: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(Float64Array.of(value).buffer);
}

/** Returns the number that `toWords` encoded. */
export function fromWords(words: ArrayLike<number>): number {
  return new Float64Array(Uint32Array.from(words).buffer)[0] as number;
}
