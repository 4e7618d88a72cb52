import { boolean, checkOptions, checkValue, oneOf } from '../gpu/check-options.ts';
import { checkShape, type Shape, show } from '../tensor/shape.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';
import { type Init, initRule } from './initialize.ts';
import type { Placement } from './placement.ts';
import type { TorchLayout } from './torch-layout.ts';

/** State of a module, on the device after `module.to(device)`. */
abstract class State {
  readonly shape: Shape;
  /** dotted path from the root module, set when placed */
  name = '';
  private placed: Tensor | null = null;

  constructor(shape: Shape) {
    checkShape('Parameter', shape);
    this.shape = shape;
  }

  /** The values on the device. */
  get value(): Tensor {
    if (!this.placed) {
      throw new Error(
        `to: state of shape ${show(this.shape)} is not on a device. Call to(device) on the outermost module first. If you ` +
          'did, the layer was created later, or it is in a #private field or in an object that is not a Module, which ' +
          'to() cannot see: keep it in a property without #.',
      );
    }
    return this.placed;
  }

  get isPlaced(): boolean {
    return this.placed !== null;
  }

  place(tensor: Tensor, name: string): void {
    tensor.name = name;
    this.placed = tensor;
    this.name = name;
  }
}

/** A trainable tensor of a module. `value` is a leaf of the tape. */
export class Parameter extends State {
  readonly init: Init;
  readonly layout: TorchLayout;
  /** Internal: the arenas that hold it and its index there; null before `to()`. */
  home: { readonly placement: Placement; readonly index: number } | null = null;
  private trains = true;

  constructor(shape: Shape, init: Init, layout: TorchLayout = 'same') {
    super(shape);
    checkValue('Parameter', 'init', init, initRule);
    this.init = init;
    this.layout = layout;
  }

  /**
   * Whether the parameter is trained (default true). If not, it has no gradient and optimizers do not change it. May be
   * set before `to()`. Setting it to false drops the gradient.
   * @throws Error when set to a value that is not a boolean
   */
  get requiresGrad(): boolean {
    return this.isPlaced ? this.value.requiresGrad : this.trains;
  }

  set requiresGrad(trains: boolean) {
    if (typeof trains !== 'boolean') {
      throw new Error(
        `${this.name || 'Parameter'}: requiresGrad: got ${String(trains)}, expected true or false`,
      );
    }
    this.trains = trains;
    if (this.isPlaced) this.value.requiresGrad = trains;
    if (!trains) this.dropGradient();
  }

  /** Drops the gradient; the next backward pass overwrites it. */
  dropGradient(): void {
    if (!this.isPlaced) return;
    this.value.grad?.dispose();
    this.value.grad = null;
  }

  /** Internal: called by `to()`. */
  override place(tensor: Tensor, name: string): void {
    tensor.requiresGrad = this.trains;
    super.place(tensor, name);
  }
}

/** A tensor of a module that is not trained, such as running statistics, centers and counters. */
export class ModuleBuffer extends State {
  readonly init: Init;
  readonly dtype: DType;
  /** whether it is in the state dict (default true); a checkpoint always contains it */
  readonly persistent: boolean;

  constructor(shape: Shape, init: Init, options: { dtype?: DType; persistent?: boolean } = {}) {
    super(shape);
    checkValue('ModuleBuffer', 'init', init, initRule);
    checkOptions('ModuleBuffer', options, {
      dtype: (v) => oneOf(v, ['f32', 'u32', 'i32']),
      persistent: boolean,
    });
    this.init = init;
    this.dtype = options.dtype ?? 'f32';
    this.persistent = options.persistent ?? true;
  }
}
