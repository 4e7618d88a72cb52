/** The file is not one of PyTorch's that holds tensors, is damaged, or asks for more than tensors. */
export class TorchFileError extends Error {
  override readonly name = 'TorchFileError';
}

export function damaged(message: string): never {
  throw new TorchFileError(`PyTorch file: its pickle is damaged or no state dict: ${message}`);
}

/** Reads a pickle's bytes one thing after the other; each throws a TorchFileError where they end too soon. */
export class PickleBytes {
  /** where the next thing begins */
  at: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  /** Moves on by so many bytes and gives where they begin. */
  take(count: number): number {
    const from = this.at;
    if (from + count > this.bytes.length) damaged(`it ends in the middle, after ${this.bytes.length} bytes`);
    this.at += count;
    return from;
  }

  byte(): number {
    return this.bytes[this.take(1)] as number;
  }

  length2(): number {
    return this.view.getUint16(this.take(2), true);
  }

  int4(): number {
    return this.view.getInt32(this.take(4), true);
  }

  length4(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** The one number that is big-endian. */
  double(): number {
    return this.view.getFloat64(this.take(8), false);
  }

  raw(length: number): Uint8Array {
    const from = this.take(length);
    return this.bytes.slice(from, from + length);
  }

  text(length: number): string {
    const from = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length));
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) damaged('a name has no end');
    const line = this.text(end - this.at);
    this.at++;
    return line;
  }

  /** A whole number of any length, two's complement. */
  long(length: number): number | bigint {
    const from = this.take(length);
    // No number of a state dict needs more than eight bytes; PyTorch's magic number has ten.
    if (length > 16) damaged(`a whole number has ${length} bytes`);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i] as number);
    if (length > 0) value = BigInt.asIntN(8 * length, value);
    return BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value;
  }
}
