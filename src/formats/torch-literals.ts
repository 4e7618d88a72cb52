import { damaged, PickleBytes, plainNumber } from './torch-bytes.ts';

/** A value of a pickle: a plain value, or a result of the hooks. */
export type PickleValue<T> =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue<T>[]
  | Map<PickleValue<T>, PickleValue<T>>
  | T;

/** Reads the values that a pickle contains literally: numbers, texts, bytes, and empty containers. */
export class PickleLiterals<T extends object> extends PickleBytes {
  /** Returns the value that an opcode pushes directly; undefined for other opcodes. */
  protected literal(code: number): PickleValue<T> | undefined {
    switch (code) {
      case 0x4e: // NONE
        return null;
      case 0x88: // NEWTRUE
        return true;
      case 0x89: // NEWFALSE
        return false;
      case 0x4a: // BININT
        return this.int4();
      case 0x4b: // BININT1
        return this.byte();
      case 0x4d: // BININT2
        return this.length2();
      case 0x8a: // LONG1
        return this.long(this.byte());
      case 0x8b: // LONG4
        return this.long(this.length4());
      case 0x47: // BINFLOAT, the one that is big-endian
        return this.double();
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING, Python 2's
        return this.text(this.length4());
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING
        return this.text(this.byte());
      case 0x8d: // BINUNICODE8
        return this.text(this.length8());
      case 0x49: // INT, in text
        return this.integer(this.line());
      case 0x4c: // LONG, in text
        return this.integer(this.line().replace(/L$/, ''));
      case 0x46: // FLOAT, in text
        return Number(this.line());
      case 0x42: // BINBYTES
        return this.raw(this.length4());
      case 0x43: // SHORT_BINBYTES
        return this.raw(this.byte());
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.raw(this.length8());
      case 0x7d: // EMPTY_DICT
        return new Map();
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
      case 0x8f: // EMPTY_SET
        return [];
      default:
        return undefined;
    }
  }

  private integer(line: string): PickleValue<T> {
    if (line === '00' || line === '01') return line === '01';
    if (!/^-?\d{1,600}$/.test(line)) damaged(`an integer is written as "${line.slice(0, 20)}"`);
    return plainNumber(BigInt(line));
  }
}
