import { boolean, checkValue } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import type { Owner, Storage, StorageView } from '../gpu/storage.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { expectDevice } from './expect.ts';
import { checkDType, hostArray, hostValues } from './host-values.ts';
import { track } from './scope.ts';
import { checkShape, type Shape, show, sizeOf, stridesOf } from './shape.ts';
import type { TapeNode } from './tape.ts';

/**
 * Type of the elements. f16 has 16 bits and is only for activations at inference (see `cast`); the other types have 32
 * bits.
 */
export type DType = 'f32' | 'u32' | 'i32' | 'f16';
/** Elements on the host. */
export type TensorData = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

const bytesOf = (size: number, dtype: DType) => (dtype === 'f16' ? 4 * Math.ceil(size / 2) : 4 * size);

/** Releases the storage of a tensor that was garbage-collected without dispose(). */
const forgotten = new FinalizationRegistry<{ storage: Storage; node: TapeNode | null }>(
  ({ storage, node }) => {
    storage.release();
    node?.release();
  },
);

/**
 * An n-dimensional array in GPU memory, contiguous and row-major. `dispose()`, `using` or a `scope` frees the memory.
 * Operations do not change their inputs.
 */
export class Tensor implements StorageView {
  readonly isTensor = true;
  readonly device: Device;
  readonly shape: Shape;
  readonly dtype: DType;
  /** offset of the first element in the storage */
  readonly byteOffset: number;
  /** gradient that `backward()` computed for this leaf; null before it and after zeroGrad */
  grad: Tensor | null = null;
  /** memory reserved for `grad`: the parameter's range in the buffer of all gradients */
  gradBuffer: Tensor | null = null;
  /** name in error messages, such as a parameter's path (default '') */
  name = '';
  private wantsGrad = false;
  private held: Storage | null;
  private tapeNode: TapeNode | null = null;

  /** Internal: operations create tensors with `empty()`, users with `tensor()`, `zeros()` and similar functions. */
  constructor(device: Device, shape: Shape, dtype: DType, storage: Storage, byteOffset = 0) {
    if (!storage?.retain) throw new Error('new Tensor: this is internal. Use tensor() or zeros().');
    this.device = device;
    this.shape = shape;
    this.dtype = dtype;
    this.held = storage;
    this.byteOffset = byteOffset;
    forgotten.register(this, { storage, node: null }, this);
    track(this);
  }

  /**
   * The underlying memory.
   * @throws Error once the tensor is disposed
   */
  get storage(): Storage {
    if (!this.held)
      throw new Error(
        `tensor: a tensor of shape ${show(this.shape)} was disposed. Keep it with keep(), or return it from its scope.`,
      );
    return this.held;
  }

  /** Whether `dispose` was called. */
  get isDisposed(): boolean {
    return this.held === null;
  }

  /** number of elements */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** number of axes */
  get rank(): number {
    return this.shape.length;
  }

  /** row-major strides in elements */
  get strides(): number[] {
    return stridesOf(this.shape);
  }

  /** bytes of all elements, rounded up to a multiple of 4 */
  get byteLength(): number {
    return bytesOf(this.size, this.dtype);
  }

  /** Whether operations on this tensor are taped. Can be set only on f32 leaves. */
  get requiresGrad(): boolean {
    return this.wantsGrad || this.tapeNode !== null;
  }

  set requiresGrad(value: boolean) {
    if (typeof value !== 'boolean') checkValue('requiresGrad', 'value', value, boolean);
    if (value && this.dtype !== 'f32')
      throw new DTypeError(`requiresGrad: a tensor of type ${this.dtype} has no gradient. Use f32.`);
    if (this.tapeNode)
      throw new Error('requiresGrad: this tensor is the result of an operation. Call detach() first.');
    this.wantsGrad = value;
  }

  /** The taped operation that computed this tensor; null for a leaf. */
  get node(): TapeNode | null {
    return this.tapeNode;
  }

  /** Internal, for the tape: marks this tensor as the result of `node`. */
  attach(node: TapeNode): this {
    this.tapeNode = node.retain();
    forgotten.unregister(this);
    forgotten.register(this, { storage: this.storage, node }, this);
    return this;
  }

  /** Returns another tensor with the same memory, without taping; `shape` may be any shape of the same size. */
  alias(shape: Shape = this.shape): Tensor {
    const alias = new Tensor(this.device, shape, this.dtype, this.storage.retain(), this.byteOffset);
    alias.name = this.name;
    return alias;
  }

  /** Returns the same values without their history on the tape. Shares memory. */
  detach(): Tensor {
    return this.alias();
  }

  /** Copies all elements to the host, row-major. */
  async data(): Promise<TensorData> {
    const HostArray = hostArray('data', this.dtype);
    const [bytes] = await this.device.read([this]);
    return new HostArray(bytes as ArrayBuffer);
  }

  /** Resolves to the value of a tensor of one element. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new ShapeError(
        `item: a tensor of shape ${show(this.shape)} has ${this.size} elements, expected one`,
      );
    return (await this.data())[0] as number;
  }

  /**
   * Overwrites the elements from the host, after the operations recorded before.
   * @throws ShapeError for another number of elements
   * @throws DTypeError for an element that is not a number, or that the type cannot hold
   */
  write(data: ArrayLike<number>): void {
    if (data?.length !== this.size) {
      const got = typeof data?.length === 'number' ? `${data.length} numbers` : describeValue(data);
      throw new ShapeError(`write: got ${got} for shape ${show(this.shape)}, expected ${this.size} numbers`);
    }
    this.device.upload(this, hostValues('write', data, this.dtype));
  }

  /** Frees the memory as soon as no recorded command and no tape needs it. A second call does nothing. */
  dispose(): void {
    if (!this.held) return;
    const storage = this.held;
    this.held = null;
    forgotten.unregister(this);
    storage.release();
    this.tapeNode?.release();
    this.tapeNode = null;
    this.grad?.dispose();
    this.grad = null;
    this.gradBuffer?.dispose();
    this.gradBuffer = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Returns a tensor with uninitialized memory, which a kernel must write in full. */
export function empty(
  device: Device,
  shape: Shape,
  dtype: DType = 'f32',
  label = 'tensor',
  owner?: Owner,
): Tensor {
  expectDevice(label, device);
  checkShape(label, shape);
  checkDType(label, dtype);
  return new Tensor(device, [...shape], dtype, device.allocate(bytesOf(sizeOf(shape), dtype), label, owner));
}
