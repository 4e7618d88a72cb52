import { fnv1a } from '../tensor/host-random.ts';

/** FNV-1a, 32 bits, over bytes that are fed to it piece by piece. */
export class Fingerprint {
  private hash: number | undefined;

  add(bytes: ArrayLike<number>, step = 1): this {
    this.hash = fnv1a(bytes, this.hash, step);
    return this;
  }

  /** eight hexadecimal digits */
  toString(): string {
    return (this.hash ?? fnv1a([])).toString(16).padStart(8, '0');
  }
}
