/** The file is not one of PyTorch's that holds tensors, is damaged, or leaves open which tensors are meant. */
export class TorchFileError extends Error {
  override readonly name = 'TorchFileError';
}

export function damaged(message: string): never {
  throw new TorchFileError(`PyTorch file: its pickle is damaged or no state dict: ${message}`);
}

/** Bytes of a whole number, against numbers made to take long. */
const LONGEST_NUMBER = 256;
/** Characters of a module's or class's name. */
const LONGEST_LINE = 4096;

/** Reads a pickle's bytes one thing after the other; each throws a TorchFileError where they end too soon. */
export class PickleBytes {
  /** where the next thing begins */
  at: number;
  protected readonly bytes: Uint8Array;
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

  /** A length of eight bytes. */
  length8(): number {
    const length = this.view.getBigUint64(this.take(8), true);
    if (length > BigInt(this.bytes.length))
      damaged(`it ends in the middle, after ${this.bytes.length} bytes`);
    return Number(length);
  }

  /** The one number that is big-endian. */
  double(): number {
    return this.view.getFloat64(this.take(8), false);
  }

  raw(length: number): Uint8Array {
    const from = this.take(length);
    return new Uint8Array(this.bytes.subarray(from, from + length));
  }

  text(length: number): string {
    const from = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length));
  }

  /** The text up to the end of the line. */
  line(): string {
    const from = this.at;
    let end = from;
    while (end < this.bytes.length && end - from <= LONGEST_LINE && this.bytes[end] !== 0x0a) end++;
    if (this.bytes[end] !== 0x0a) damaged('a name has no end');
    const line = this.text(end - this.at);
    this.at++;
    return line;
  }

  /** A whole number in two's complement. */
  long(length: number): number | bigint {
    // Random number generators have states of up to 40 bytes; PyTorch's magic number has ten.
    if (length > LONGEST_NUMBER) damaged(`a whole number has ${length} bytes`);
    const from = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i] as number);
    return plainNumber(length > 0 ? BigInt.asIntN(8 * length, value) : value);
  }
}

/** A whole number as a `number` where that is exact. */
export function plainNumber(value: bigint): number | bigint {
  return BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}
