import { boolean, checkOptions, checkValue, oneOf } from '../gpu/check-options.ts';
import { checkShape, type Shape, show } from '../tensor/shape.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';
import { type Init, initRule } from './initialize.ts';
import type { Placement } from './module.ts';
import type { TorchLayout } from './torch-layout.ts';

/** State of a module that the device holds once `module.to(device)` has placed it. */
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
        `to: state of shape ${show(this.shape)} is on no device. Call to(device) on the outermost module first. If that ` +
          'was done, its layer was made later, or lies in a #private field, where to() cannot see it: keep it in a ' +
          'property without #.',
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

/** Values that are trained. `value` is a leaf of the tape. */
export class Parameter extends State {
  readonly init: Init;
  readonly layout: TorchLayout;
  /** Internal: the arenas that hold it and its place there; null before `to()`. */
  home: { readonly placement: Placement; readonly index: number } | null = null;
  private trains = true;

  constructor(shape: Shape, init: Init, layout: TorchLayout = 'same') {
    super(shape);
    checkValue('Parameter', 'init', init, initRule);
    this.init = init;
    this.layout = layout;
  }

  /**
   * Whether it is trained (default true). A parameter that is not has no gradient, and no optimizer moves it. May be
   * set before `to()`. Setting it to false drops the gradient that it has.
   * @throws Error for a value that is not a boolean
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

  /** Forgets the gradient; the next backward pass writes over it. */
  dropGradient(): void {
    if (!this.isPlaced) return;
    this.value.grad?.dispose();
    this.value.grad = null;
  }

  /** Internal: what `to()` calls. */
  override place(tensor: Tensor, name: string): void {
    tensor.requiresGrad = this.trains;
    super.place(tensor, name);
  }
}

/** Values that are kept but not trained: running statistics, centers, counters. */
export class ModuleBuffer extends State {
  readonly init: Init;
  readonly dtype: DType;
  /** whether it belongs to the state dict; a checkpoint holds it in either case */
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
