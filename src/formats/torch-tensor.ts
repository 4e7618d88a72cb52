import { ARRAYS, type SafetensorsTensor } from './safetensors.ts';
import { elementCount, type SafetensorsDtype } from './safetensors-header.ts';
import { TorchFileError } from './torch-bytes.ts';
import { TorchObject } from './torch-object.ts';
import type { StorageDtype } from './torch-types.ts';

/** Maximum number of elements of an expanded tensor, which repeats those of its storage. */
const MOST_REPEATED = 1 << 20;

/** A block of elements that one or more tensors view. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: StorageDtype;
  /** elements */
  readonly length: number;
  private readonly load: (storage: TorchStorage) => Uint8Array<ArrayBuffer>;
  private elements: SafetensorsTensor['data'] | null = null;
  /** views of the same bytes as other types */
  private readonly views = new Map<SafetensorsDtype, TorchStorage>();

  /** @param load returns its bytes, little-endian, at the start of a separate buffer */
  constructor(
    key: string,
    dtype: StorageDtype,
    length: number,
    load: (storage: TorchStorage) => Uint8Array<ArrayBuffer>,
  ) {
    this.key = key;
    this.dtype = dtype;
    this.length = length;
    this.load = load;
  }

  get byteLength(): number {
    const { dtype, length } = this;
    return length * (typeof dtype === 'string' ? ARRAYS[dtype].BYTES_PER_ELEMENT : dtype.bytes);
  }

  /** @throws TorchFileError when the storage is truncated */
  get data(): SafetensorsTensor['data'] {
    this.elements ??= this.read();
    return this.elements;
  }

  /** Returns the same bytes as elements of another type; incomplete elements at the end are dropped. */
  as(dtype: SafetensorsDtype): TorchStorage {
    if (dtype === this.dtype) return this;
    const { key, byteLength } = this;
    const size = ARRAYS[dtype].BYTES_PER_ELEMENT;
    const view =
      this.views.get(dtype) ??
      new TorchStorage(key, dtype, Math.floor(byteLength / size), ({ length }) => {
        const { buffer, byteOffset } = this.data;
        return new Uint8Array(buffer as ArrayBuffer, byteOffset, length * size);
      });
    this.views.set(dtype, view);
    return view;
  }

  private read(): SafetensorsTensor['data'] {
    const { key, dtype, length } = this;
    if (typeof dtype !== 'string')
      throw new TorchFileError(
        `PyTorch file: ${dtype.name} is not supported. Convert it to float32 in PyTorch.`,
      );
    const bytes = this.load(this);
    if (bytes.length !== this.byteLength) {
      throw new TorchFileError(
        `PyTorch file: storage "${key}" should have ${length} elements of ${dtype}, ${this.byteLength} bytes, but has ` +
          `${bytes.length}. The file may be truncated; download it again.`,
      );
    }
    return new ARRAYS[dtype](bytes.buffer, bytes.byteOffset, length);
  }
}

/** The part of a storage that tensors view: all of it, except in files from PyTorch before 0.4. */
export class StorageView extends TorchObject {
  readonly storage: TorchStorage;
  /** first element */
  readonly first: number;
  /** elements */
  readonly length: number;

  constructor(storage: TorchStorage, first: number, length: number) {
    super('torch.storage');
    this.storage = storage;
    this.first = first;
    this.length = length;
  }
}

/** A tensor in a PyTorch file. Its elements are read by `toTensor`. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly shape: number[];
  private readonly offset: number;
  private readonly strides: number[];

  /**
   * @param offset index of the first element in the view
   * @param strides elements between neighbors, per axis
   * @throws TorchFileError when the tensor extends beyond its storage
   */
  constructor(view: StorageView, offset: number, shape: number[], strides: number[]) {
    const { storage, length } = view;
    const count = elementCount(shape);
    const last = shape.reduce((at, side, axis) => at + (side - 1) * (strides[axis] as number), offset);
    const reach = count === 0 ? 0 : last + 1;
    if (
      Number.isNaN(count) ||
      Number.isNaN(elementCount(strides)) ||
      shape.length !== strides.length ||
      !(Number.isSafeInteger(offset) && offset >= 0 && reach <= length)
    ) {
      throw new TorchFileError(
        `PyTorch file: a tensor of shape [${brief(shape)}], strides [${brief(strides)}] and offset ${offset} ` +
          `does not fit in storage "${storage.key}" of ${length} elements`,
      );
    }
    if (count > Math.max(length, MOST_REPEATED)) {
      throw new TorchFileError(
        `PyTorch file: a tensor of shape [${brief(shape)}] repeats the ${length} elements of storage ` +
          `"${storage.key}". Save it with .contiguous().`,
      );
    }
    this.storage = storage;
    this.offset = view.first + offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** The element type by its name in safetensors, such as 'F32'. */
  get dtype(): SafetensorsDtype {
    return this.storage.dtype as SafetensorsDtype;
  }

  /** Returns the elements in row-major order. A contiguous tensor shares its storage's memory. */
  toTensor(): SafetensorsTensor {
    const { shape, offset, dtype } = this;
    const count = elementCount(shape);
    // The storage of an empty tensor may be missing in the file.
    if (count === 0) return { dtype, shape, data: new ARRAYS[dtype](0) } as SafetensorsTensor;
    const { data } = this.storage;
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
      // the stride of an axis of length 1 is never used, and PyTorch writes any value
      if (side !== 1 && this.strides[axis] !== step) return false;
      step *= side;
    }
    return true;
  }
}

/** Formats numbers from the file for a message, shortened. */
function brief(numbers: readonly unknown[]): string {
  return numbers.length <= 8 ? numbers.join(', ') : `${numbers.slice(0, 8).join(', ')}, ...`;
}
