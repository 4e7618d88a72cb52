import { ARRAYS, type SafetensorsTensor } from './safetensors.ts';
import { elementCount, type SafetensorsDtype } from './safetensors-header.ts';
import { TorchFileError } from './torch-bytes.ts';

/** PyTorch's storage classes and the type of their elements. */
export const STORAGE_DTYPES: ReadonlyMap<string, SafetensorsDtype> = new Map([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
]);

/** A run of elements that one or more tensors look into. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: SafetensorsDtype;
  /** elements */
  readonly length: number;
  private readonly load: (storage: TorchStorage) => Uint8Array<ArrayBuffer>;
  private elements: SafetensorsTensor['data'] | null = null;

  /** @param load gives its bytes, little-endian, at the beginning of a buffer of their own */
  constructor(
    key: string,
    dtype: SafetensorsDtype,
    length: number,
    load: (storage: TorchStorage) => Uint8Array<ArrayBuffer>,
  ) {
    this.key = key;
    this.dtype = dtype;
    this.length = length;
    this.load = load;
  }

  get byteLength(): number {
    return this.length * ARRAYS[this.dtype].BYTES_PER_ELEMENT;
  }

  /** @throws TorchFileError when the file has not as many bytes of it as it should */
  get data(): SafetensorsTensor['data'] {
    this.elements ??= this.read();
    return this.elements;
  }

  private read(): SafetensorsTensor['data'] {
    const { key, dtype, length } = this;
    const bytes = this.load(this);
    if (bytes.length !== this.byteLength) {
      throw new TorchFileError(
        `PyTorch file: storage "${key}" should hold ${length} elements of ${dtype}, ${this.byteLength} bytes, but has ` +
          `${bytes.length} (was the file cut off?)`,
      );
    }
    return new ARRAYS[dtype](bytes.buffer, bytes.byteOffset, length);
  }
}

/** A tensor of a PyTorch file. Its elements are read when `toTensor` asks for them. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly shape: number[];
  private readonly offset: number;
  private readonly strides: number[];

  /**
   * @param offset first element in the storage
   * @param strides elements from one index to the next, by axis
   * @throws TorchFileError when it reaches beyond its storage
   */
  constructor(storage: TorchStorage, offset: number, shape: number[], strides: number[]) {
    const count = elementCount(shape);
    const last = shape.reduce((at, side, axis) => at + (side - 1) * (strides[axis] as number), offset);
    const reach = count === 0 ? 0 : last + 1;
    if (
      Number.isNaN(count) ||
      Number.isNaN(elementCount(strides)) ||
      shape.length !== strides.length ||
      !(Number.isSafeInteger(offset) && offset >= 0 && reach <= storage.length)
    ) {
      throw new TorchFileError(
        `PyTorch file: a tensor of shape [${brief(shape)}], strides [${brief(strides)}] and offset ${offset} ` +
          `does not fit into storage "${storage.key}" of ${storage.length} elements`,
      );
    }
    if (count > storage.length) {
      throw new TorchFileError(
        `PyTorch file: a tensor of shape [${brief(shape)}] repeats the ${storage.length} elements of storage ` +
          `"${storage.key}"; save it with .contiguous()`,
      );
    }
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** The element type by safetensors' name, such as 'F32'. */
  get dtype(): SafetensorsDtype {
    return this.storage.dtype;
  }

  /** The elements in row-major order. A contiguous tensor shares its storage's memory. */
  toTensor(): SafetensorsTensor {
    const { data, dtype } = this.storage;
    const { shape, offset } = this;
    const count = elementCount(shape);
    if (this.isContiguous()) {
      return { dtype, shape, data: data.subarray(offset, offset + count) } as SafetensorsTensor;
    }
    const out = new ARRAYS[dtype](count);
    const index = shape.map(() => 0);
    let from = offset;
    for (let i = 0; i < count; i++) {
      out[i] = data[from] as (typeof out)[number];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const stride = this.strides[axis] as number;
        from += stride;
        index[axis] = (index[axis] as number) + 1;
        if ((index[axis] as number) < (shape[axis] as number)) break;
        from -= stride * (shape[axis] as number);
        index[axis] = 0;
      }
    }
    return { dtype, shape, data: out } as SafetensorsTensor;
  }

  private isContiguous(): boolean {
    let step = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      const side = this.shape[axis] as number;
      // along an axis of length 1 nobody steps, and PyTorch writes what it likes
      if (side !== 1 && this.strides[axis] !== step) return false;
      step *= side;
    }
    return true;
  }
}

/** Numbers for a message; they come from the file. */
function brief(numbers: readonly unknown[]): string {
  return numbers.length <= 8 ? numbers.join(', ') : `${numbers.slice(0, 8).join(', ')}, ...`;
}
