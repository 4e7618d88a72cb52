/** FNV-1a, 32 bits, over bytes that are fed to it piece by piece. */
export class Fingerprint {
  private hash = 0x811c9dc5;

  add(bytes: ArrayLike<number>, step = 1): this {
    let h = this.hash;
    for (let i = 0; i < bytes.length; i += step) h = Math.imul(h ^ (bytes[i] as number), 0x01000193);
    this.hash = h;
    return this;
  }

  /** eight hexadecimal digits */
  toString(): string {
    return (this.hash >>> 0).toString(16).padStart(8, '0');
  }
}
