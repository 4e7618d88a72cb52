/**
 * Thrown for bytes that are not a PyTorch file with tensors, for damaged files, and when the choice of tensors is
 * ambiguous.
 */
export class TorchFileError extends Error {
  override readonly name = 'TorchFileError';
}

export function damaged(message: string): never {
  throw new TorchFileError(`PyTorch file: its pickle is damaged or not a state dict: ${message}`);
}

/** Maximum bytes of an integer, as a guard against numbers that would take too long to read. */
const LONGEST_NUMBER = 256;
/** Maximum length of a module's or class's name. */
const LONGEST_LINE = 4096;

/** Reads values from a pickle's bytes in order. Every method throws a TorchFileError when the bytes end too early. */
export class PickleBytes {
  /** position of the next value */
  at: number;
  protected readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  /** Advances by `count` bytes and returns the position before them. */
  take(count: number): number {
    const from = this.at;
    if (from + count > this.bytes.length) damaged(`it ends prematurely, after ${this.bytes.length} bytes`);
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

  /** Reads a length of eight bytes. */
  length8(): number {
    const length = this.view.getBigUint64(this.take(8), true);
    if (length > BigInt(this.bytes.length)) damaged(`it ends prematurely, after ${this.bytes.length} bytes`);
    return Number(length);
  }

  /** Reads a double, the only big-endian number in a pickle. */
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

  /** Reads text up to the end of the line. */
  line(): string {
    const from = this.at;
    let end = from;
    while (end < this.bytes.length && end - from <= LONGEST_LINE && this.bytes[end] !== 0x0a) end++;
    if (this.bytes[end] !== 0x0a) damaged('a name does not end');
    const line = this.text(end - this.at);
    this.at++;
    return line;
  }

  /** Reads an integer in two's complement. */
  long(length: number): number | bigint {
    // States of random number generators have up to 40 bytes, PyTorch's magic number has ten.
    if (length > LONGEST_NUMBER) damaged(`an integer has ${length} bytes`);
    const from = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[from + i] as number);
    return plainNumber(length > 0 ? BigInt.asIntN(8 * length, value) : value);
  }
}

/** Converts an integer to a `number` if that is exact. */
export function plainNumber(value: bigint): number | bigint {
  return BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}
