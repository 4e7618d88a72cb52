import { boolean, checkOptions, checkValue, seedRule } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import { expectDevice, expectTensor } from '../tensor/expect.ts';
import { scope } from '../tensor/scope.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { checkHidden } from './hidden-state.ts';
import { reportCall } from './observe.ts';
import { ModuleBuffer, Parameter } from './parameter.ts';
import { checkUnplaced, type Placement, place } from './placement.ts';
import { readState, type StateDict, writeState } from './state-dict.ts';

/**
 * A requested mode: training or evaluation, and whether it was set on the module itself or on a module that contains
 * it.
 */
export interface ModeRequest {
  readonly training: boolean;
  readonly isOwn: boolean;
}

const TRAINING: ModeRequest = { training: true, isOwn: false };

/**
 * Base class of all layers and networks, like torch.nn.Module. A subclass keeps its parameters, buffers and submodules
 * in properties, whose names become the keys of the state dict, and defines `forward` and `outputShape`. Before
 * `to(device)` nothing is on the GPU.
 */
export abstract class Module {
  /** Internal: the mode that train() or eval() requested last; see `ModeRequest`. */
  requestedMode: ModeRequest = TRAINING;
  private freezes = false;
  /** dotted path from the root, set by to() */
  path = '';
  /** undefined once disposed */
  private placement: Placement | null | undefined = null;

  /**
   * The kind of layer in messages and in `summary()`, such as "Conv2d" (default: the name of the class). The layers of
   * this library return a literal, since minified builds rename classes.
   */
  get type(): string {
    return this.constructor.name;
  }

  /** Computes the output. Call `call` instead, which frees the intermediate tensors. */
  abstract forward(x: Tensor, ...more: Tensor[]): Tensor;

  /**
   * Returns the output shape of `forward` for an input of shape `input`, without a GPU. Adds the multiply-accumulates and
   * activation bytes of each layer to `costs`.
   * @throws Error when the layer does not accept the shape
   */
  abstract outputShape(input: Shape, costs?: CostSheet): Shape;

  /** Runs `forward`, frees the intermediate tensors and labels the dispatches with the path of the module. */
  call(x: Tensor, ...more: Tensor[]): Tensor {
    if (!x?.isTensor) expectTensor('call', `the input of ${this.path || 'the module'}`, x);
    return this.labeled(x, () => {
      const output = scope(() => this.forward(x, ...more));
      reportCall(this, output, x);
      return output;
    });
  }

  /** Runs `fn` and labels the dispatches with the path of this module. */
  protected labeled<T>({ device }: Tensor, fn: () => T): T {
    const before = device.path;
    device.path = this.path || before;
    try {
      return fn();
    } finally {
      device.path = before;
    }
  }

  /** Returns the direct submodules by name. */
  children(): [string, Module][] {
    return Object.entries(this).filter((entry): entry is [string, Module] => entry[1] instanceof Module);
  }

  /** Iterates over this module and all its submodules by dotted path; the path of this module is ''. */
  *namedModules(path = ''): Generator<[string, Module]> {
    yield [path, this];
    for (const [name, child] of this.children()) yield* child.namedModules(path ? `${path}.${name}` : name);
  }

  /** Iterates over all parameters, including those of submodules, by dotted path. */
  *namedParameters(): Generator<[string, Parameter]> {
    yield* this.namedState(Parameter);
  }

  /** Iterates over all buffers (running statistics, counters), including those of submodules, by dotted path. */
  *namedBuffers(): Generator<[string, ModuleBuffer]> {
    yield* this.namedState(ModuleBuffer);
  }

  /** Returns all parameters, including those of submodules, in the order of the properties; a shared one appears once. */
  parameters(): Parameter[] {
    return once(this.namedParameters()).map(([, parameter]) => parameter);
  }

  /** Returns the number of values of all parameters, including frozen ones. */
  parameterCount(): number {
    return this.parameters().reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /**
   * Allocates the state on a device, in one buffer each for parameters, gradients and buffers, and draws the initial values
   * from `seed` (default 0) and the name of each parameter.
   * @throws Error without a device, when state is already on a device, or when a property is an array or plain object
   * of modules, whose parameters would not be found
   */
  to(device: Device, options: { seed?: number } = {}): this {
    expectDevice('to', device);
    checkOptions('to', options, { seed: seedRule });
    const { seed = 0 } = options;
    const parameters = once(this.namedParameters());
    const buffers = once(this.namedBuffers());
    checkUnplaced([...parameters, ...buffers]);
    for (const [path, module] of this.namedModules()) checkHidden(path, module, isModule);
    this.placement = place(device, seed, parameters, buffers);
    for (const [path, module] of this.namedModules()) module.path = path;
    for (const [path, module] of this.namedModules()) module.onPlaced(seed, path);
    return this;
  }

  /** Initializes state that is neither constant nor random, such as the seed of a counter. Called by `to`. */
  protected onPlaced(_seed: number, _path: string): void {}

  /** The arenas that `to()` allocated. Only the module on which `to` was called has them. */
  get arenas(): Placement {
    if (!this.placement) {
      throw new Error(
        'to: this module is not on a device, or is part of a larger module. Call to(device) on the outermost module.',
      );
    }
    return this.placement;
  }

  /**
   * The device that was passed to `to`.
   * @throws Error before `to`
   */
  get device(): Device {
    return this.arenas.device;
  }

  /**
   * Whether batch norm and dropout are in training mode. Changed by `train()`, `eval()` and `freeze()`: a frozen module
   * is always in evaluation mode. Assigning to it changes only this module, not its submodules.
   */
  get training(): boolean {
    return this.requestedMode.training && !this.freezes;
  }

  set training(training: boolean) {
    this.requestedMode = { training, isOwn: true };
  }

  /**
   * Puts this module and its submodules into training mode (default true); `train(false)` is `eval()`. Frozen modules stay
   * in evaluation mode until `unfreeze()`.
   */
  train(mode = true): this {
    checkValue('train', 'mode', mode, boolean);
    for (const [path, module] of this.namedModules()) {
      const isOwn = path === '';
      // if evaluation mode was set on the module itself, an eval() of an outer module does not change that
      if (isOwn || mode || module.requestedMode.training) module.requestedMode = { training: mode, isOwn };
    }
    return this;
  }

  /** Puts this module and its submodules into evaluation mode: batch norm uses running statistics, dropout is off. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Freezes this module and its submodules: training changes neither their parameters (see `Parameter.requiresGrad`)
   * nor batch norm's running statistics, and dropout is off, so that their output depends only on the input. `train()`
   * and `fit` do not change this until `unfreeze()`. Operations before the first trained parameter are not recorded on
   * the tape. May be called before `to()`. Unlike this, PyTorch's `requires_grad_(False)` leaves batch norm in training
   * mode.
   */
  freeze(): this {
    return this.setFrozen(true);
  }

  /**
   * Unfreezes this module and its submodules, which return to the mode that `train()` or `eval()` requested last.
   * `model.freeze(); model.classifier.unfreeze()` trains only the head.
   */
  unfreeze(): this {
    return this.setFrozen(false);
  }

  /** Whether `freeze()` was called on this module, or on one that contains it, after the last `unfreeze()`. */
  get isFrozen(): boolean {
    return this.freezes;
  }

  private setFrozen(frozen: boolean): this {
    for (const [, module] of this.namedModules()) module.freezes = frozen;
    for (const parameter of this.parameters()) parameter.requiresGrad = !frozen;
    return this;
  }

  /** Drops the gradients; the next backward pass overwrites them. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.dropGradient();
  }

  /** Returns parameters and persistent buffers by name, in PyTorch's layouts, on the host. */
  stateDict(): Promise<StateDict> {
    return readState(this, true);
  }

  /**
   * Loads values by name (`strict` default true).
   * @throws Error that lists every missing and unexpected key and every wrong shape (with `strict: false` only wrong shapes)
   */
  loadStateDict(state: StateDict, options: { strict?: boolean } = {}): void {
    checkOptions('loadStateDict', options, { strict: boolean });
    if (!(state instanceof Map)) {
      throw new Error(
        `loadStateDict: state: got ${describeValue(state)}, expected a Map, such as the result of stateDict() or decodeWeights()`,
      );
    }
    writeState(this, state, options.strict ?? true, true);
  }

  /**
   * Frees the device memory. A disposed module cannot be put on a device again. Does nothing for a module that is not on a
   * device or was already disposed.
   * @throws Error for a submodule; dispose the outermost module instead
   */
  dispose(): void {
    if (this.placement === undefined) return;
    const isPart = [...this.namedState(Parameter), ...this.namedState(ModuleBuffer)].some(
      ([, state]) => state.isPlaced,
    );
    if (this.placement === null && !isPart) return;
    const { parameters, gradients, buffers } = this.arenas;
    for (const { value } of this.parameters()) value.dispose();
    for (const [, { value }] of this.namedBuffers()) value.dispose();
    for (const arena of [parameters, gradients, buffers]) arena.flat.dispose();
    this.placement = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private *namedState<T extends Parameter | ModuleBuffer>(
    kind: abstract new (...args: never[]) => T,
  ): Generator<[string, T]> {
    for (const [path, module] of this.namedModules()) {
      for (const [name, value] of Object.entries(module)) {
        if (value instanceof kind) yield [path ? `${path}.${name}` : name, value];
      }
    }
  }
}

const isModule = (value: unknown): value is Module => value instanceof Module;

/** Removes duplicate state, such as tied weights; the first name is kept. */
function once<T>(named: Iterable<[string, T]>): [string, T][] {
  const seen = new Set<T>();
  return [...named].filter(([, state]) => !seen.has(state) && seen.add(state));
}
