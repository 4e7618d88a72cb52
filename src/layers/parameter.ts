import { type Shape, show } from '../tensor/shape.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';
import type { Init } from './initialize.ts';
import type { TorchLayout } from './torch-layout.ts';

/** State of a module that the device holds once `module.to(device)` has placed it. */
abstract class State {
  readonly shape: Shape;
  /** dotted path from the root module, set when placed */
  name = '';
  private placed: Tensor | null = null;

  constructor(shape: Shape) {
    this.shape = shape;
  }

  /** The values on the device. */
  get value(): Tensor {
    if (!this.placed) {
      throw new Error(
        `a module's state of shape ${show(this.shape)} is on no device yet; call module.to(device) first`,
      );
    }
    return this.placed;
  }

  get isPlaced(): boolean {
    return this.placed !== null;
  }

  place(tensor: Tensor, name: string): void {
    this.placed = tensor;
    this.name = name;
  }
}

/** Values that are trained. `value` is a leaf of the tape. */
export class Parameter extends State {
  readonly init: Init;
  readonly layout: TorchLayout;

  constructor(shape: Shape, init: Init, layout: TorchLayout = 'same') {
    super(shape);
    this.init = init;
    this.layout = layout;
  }
}

/** Values that are kept but not trained: running statistics, centres, counters. */
export class ModuleBuffer extends State {
  readonly init: Init;
  readonly dtype: DType;
  /** whether it belongs to the state dict; a checkpoint holds it in either case */
  readonly persistent: boolean;

  constructor(shape: Shape, init: Init, options: { dtype?: DType; persistent?: boolean } = {}) {
    super(shape);
    this.init = init;
    this.dtype = options.dtype ?? 'f32';
    this.persistent = options.persistent ?? true;
  }
}
