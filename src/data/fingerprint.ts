import { fnv1a } from '../tensor/host-random.ts';

/** Computes the 32-bit FNV-1a hash of bytes that are added piece by piece. */
export class Fingerprint {
  private hash: number | undefined;

  add(bytes: ArrayLike<number>, step = 1): this {
    this.hash = fnv1a(bytes, this.hash, step);
    return this;
  }

  /** Returns eight hexadecimal digits. */
  toString(): string {
    return (this.hash ?? fnv1a([])).toString(16).padStart(8, '0');
  }
}
