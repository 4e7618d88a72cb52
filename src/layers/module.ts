import { boolean, callable, checkOptions, checkValue, seedRule } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import { synchronous } from '../gpu/synchronous.ts';
import { expectDevice, expectTensor } from '../tensor/expect.ts';
import { scope } from '../tensor/scope.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Arena } from './arena.ts';
import type { CostSheet } from './cost-sheet.ts';
import { initialize } from './initialize.ts';
import { ModuleBuffer, Parameter } from './parameter.ts';
import { readState, type StateDict, writeState } from './state-dict.ts';

/** Called with every module's output while it is set; see `observe`. */
let observer: ((module: Module, output: Tensor, input: Tensor) => void) | null = null;

/** Runs `fn` and shows `watch` the output, and the first input, of every module that `fn` calls. */
export function observe<T>(watch: (module: Module, output: Tensor, input: Tensor) => void, fn: () => T): T {
  checkValue('observe', 'watch', watch, callable);
  checkValue('observe', 'fn', fn, callable);
  const before = observer;
  observer = watch;
  try {
    return synchronous('observe', fn);
  } finally {
    observer = before;
  }
}

/** Where a module's state lies on its device. */
export interface Placement {
  device: Device;
  parameters: Arena;
  gradients: Arena;
  buffers: Arena;
  /** the parameters, in the order of the arenas */
  order: readonly Parameter[];
  /** the buffers, in the order of their arena */
  bufferOrder: readonly ModuleBuffer[];
  /** first element of the parameters of one axis: biases, and batch norm's scale and shift */
  vectorStart: number;
}

/**
 * A mode that was asked for: training or evaluation, and whether by a call on the module itself, not on one above it.
 */
export interface ModeRequest {
  readonly training: boolean;
  readonly isOwn: boolean;
}

const TRAINING: ModeRequest = { training: true, isOwn: false };

/**
 * A piece of a network with parameters, as torch.nn.Module. A subclass keeps its parameters, buffers
 * and sub-modules in properties (the names make the state dict's keys) and defines `forward` and
 * `outputShape`. Nothing is on a GPU until `to(device)`.
 */
export abstract class Module {
  /** Internal: the mode that train() or eval() asked for last; see `ModeRequest`. */
  requestedMode: ModeRequest = TRAINING;
  private freezes = false;
  /** dotted path from the root, set by to() */
  path = '';
  /** undefined once disposed */
  private placement: Placement | null | undefined = null;

  /**
   * The kind of layer in messages and in `summary()`, such as "Conv2d". A literal in each layer here, since minified builds
   * rename classes; a class of your own has its class's name unless it overrides this.
   */
  get type(): string {
    return this.constructor.name;
  }

  /** Computes the output. Use `call` from outside: it frees the intermediate tensors. */
  abstract forward(x: Tensor, ...more: Tensor[]): Tensor;

  /**
   * The shape that `forward` gives for an input of shape `input`, without a GPU; adds each layer's
   * multiply-accumulates and activation bytes to `costs`.
   * @throws Error when the layer does not accept the shape
   */
  abstract outputShape(input: Shape, costs?: CostSheet): Shape;

  /** Runs `forward`, frees what it made but does not return, and labels its dispatches with the path. */
  call(x: Tensor, ...more: Tensor[]): Tensor {
    if (!x?.isTensor) expectTensor('call', `the input of ${this.path || 'the module'}`, x);
    const { device } = x;
    const before = device.path;
    device.path = this.path || before;
    try {
      const output = scope(() => this.forward(x, ...more));
      observer?.(this, output, x);
      return output;
    } finally {
      device.path = before;
    }
  }

  /** Direct sub-modules by name. */
  children(): [string, Module][] {
    return Object.entries(this).filter((entry): entry is [string, Module] => entry[1] instanceof Module);
  }

  /** This module and all below it, by dotted path; the root's is ''. */
  *namedModules(path = ''): Generator<[string, Module]> {
    yield [path, this];
    for (const [name, child] of this.children()) yield* child.namedModules(path ? `${path}.${name}` : name);
  }

  /** All parameters, of sub-modules too, by dotted path. */
  *namedParameters(): Generator<[string, Parameter]> {
    yield* this.namedState(Parameter);
  }

  /** All state that is not trained (running statistics, counters), of sub-modules too, by dotted path. */
  *namedBuffers(): Generator<[string, ModuleBuffer]> {
    yield* this.namedState(ModuleBuffer);
  }

  /** All parameters, of sub-modules too, in the order of the properties; one that several share comes once. */
  parameters(): Parameter[] {
    return once(this.namedParameters()).map(([, parameter]) => parameter);
  }

  /** Number of values of all parameters, frozen ones included. */
  parameterCount(): number {
    return this.parameters().reduce(
      (sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1),
      0,
    );
  }

  /**
   * Puts the state on a device, in one buffer for parameters, one for gradients and one for the rest,
   * and draws the first values from `seed` (default 0) and each parameter's name.
   * @throws Error without a device, for state that is on a device already, and for modules that are held in an array or
   *   a plain object, where their parameters would not be found
   */
  to(device: Device, options: { seed?: number } = {}): this {
    expectDevice('to', device);
    checkOptions('to', options, { seed: seedRule });
    const { seed = 0 } = options;
    const named = once(this.namedParameters());
    // weights first, then what has one axis: an optimizer may treat the two parts differently
    const matrices = named.filter(([, { shape }]) => shape.length > 1);
    const parameters = [...matrices, ...named.filter(([, { shape }]) => shape.length <= 1)];
    const buffers = once(this.namedBuffers());
    const placed = [...parameters, ...buffers].find(([, state]) => state.isPlaced);
    if (placed) throw new Error(`to: ${placed[0]} is on a device already; place the outermost module, once`);
    for (const [path, module] of this.namedModules()) refuseHidden(path, module);
    for (const [path, module] of this.namedModules()) module.path = path;
    scope(() => {
      const shapes = parameters.map(([, { shape }]) => shape);
      const values = new Arena(device, shapes, 'parameters');
      const gradients = new Arena(device, shapes, 'gradients');
      const rest = new Arena(
        device,
        buffers.map(([, { shape }]) => shape),
        'buffers',
      );
      parameters.forEach(([name, parameter], i) => {
        const value = values.view(i, parameter.shape);
        value.gradBuffer = gradients.view(i, parameter.shape);
        initialize(value, parameter.init, seed, name);
        parameter.place(value, name);
      });
      const order = parameters.map(([, parameter]) => parameter);
      const bufferOrder = buffers.map(([, buffer]) => buffer);
      buffers.forEach(([name, buffer], i) => {
        const value = rest.view(i, buffer.shape, buffer.dtype);
        initialize(value, buffer.init, seed, name);
        buffer.place(value, name);
      });
      const vectorStart = values.ranges[matrices.length]?.start ?? values.flat.size;
      const placement = {
        device,
        parameters: values,
        gradients,
        buffers: rest,
        order,
        bufferOrder,
        vectorStart,
      };
      order.forEach((parameter, index) => {
        parameter.home = { placement, index };
      });
      this.placement = placement;
    });
    for (const [path, module] of this.namedModules()) module.onPlaced(seed, path);
    return this;
  }

  /** Hook for modules whose state is not a constant or a draw, such as a counter's seed. */
  protected onPlaced(_seed: number, _path: string): void {}

  /** The arenas behind `to()`; only the module that `to` was called on has them. */
  get arenas(): Placement {
    if (!this.placement) {
      throw new Error(
        'to: this module is on no device, or is part of one that is. Call to(device) on the outermost module.',
      );
    }
    return this.placement;
  }

  /**
   * The device that `to` was called with.
   * @throws Error before `to`
   */
  get device(): Device {
    return this.arenas.device;
  }

  /**
   * Whether batch norm and dropout act as in training. Changed by `train()`, `eval()` and `freeze()`: a frozen module is
   * always in evaluation. Setting it is a call of `train(value)` on this module alone, without those below.
   */
  get training(): boolean {
    return this.requestedMode.training && !this.freezes;
  }

  set training(training: boolean) {
    this.requestedMode = { training, isOwn: true };
  }

  /**
   * Puts batch norm and dropout, of the modules below too, into training mode; `train(false)` is `eval()`. Frozen modules
   * stay in evaluation until `unfreeze()`.
   */
  train(mode = true): this {
    checkValue('train', 'mode', mode, boolean);
    for (const [path, module] of this.namedModules()) {
      const isOwn = path === '';
      // evaluation from above does not hide that the module was put there itself
      if (isOwn || mode || module.requestedMode.training) module.requestedMode = { training: mode, isOwn };
    }
    return this;
  }

  /** Makes batch norm use its running statistics and dropout the identity, in the modules below too. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Freezes all parameters here and below, and puts these modules into evaluation: nothing of them changes in training,
   * neither a parameter (see `Parameter.requiresGrad`) nor batch norm's running statistics, and dropout is off, so that
   * their output depends on the input alone. `train()` and `fit` leave them so until `unfreeze()`. Operations below the
   * lowest parameter that is trained are not taped. Unlike PyTorch's `requires_grad_(False)`, which leaves batch norm in
   * training mode. May be called before `to()`.
   */
  freeze(): this {
    return this.setFrozen(true);
  }

  /**
   * Trains all parameters here and below again; modules return to the mode that `train()` or `eval()` asked for last.
   * `model.freeze(); model.classifier.unfreeze()` trains the head alone.
   */
  unfreeze(): this {
    return this.setFrozen(false);
  }

  /** Whether `freeze()` was called on this module, or on one above it, after the last `unfreeze()`. */
  get isFrozen(): boolean {
    return this.freezes;
  }

  private setFrozen(frozen: boolean): this {
    for (const [, module] of this.namedModules()) module.freezes = frozen;
    for (const parameter of this.parameters()) parameter.requiresGrad = !frozen;
    return this;
  }

  /** Forgets the gradients; the next backward pass writes over them. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.dropGradient();
  }

  /** Parameters and persistent buffers by name, in PyTorch's layouts, on the host. */
  stateDict(): Promise<StateDict> {
    return readState(this, true);
  }

  /**
   * Takes values over by name.
   * @throws Error that lists every missing, unexpected and misshapen key (with strict: false only misshapen ones)
   */
  loadStateDict(state: StateDict, options: { strict?: boolean } = {}): void {
    checkOptions('loadStateDict', options, { strict: boolean });
    if (!(state instanceof Map)) {
      throw new Error(
        `loadStateDict: state: got ${describeValue(state)}, expected a Map such as stateDict() and decodeWeights() give`,
      );
    }
    writeState(this, state, options.strict ?? true, true);
  }

  /**
   * Frees the device memory; a disposed module cannot be placed again. Does nothing for a module that was never placed,
   * or that was disposed already.
   * @throws Error for a part of a placed module; dispose the outermost one
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

/** Without what came before under another name: tied weights. */
function once<T>(named: Iterable<[string, T]>): [string, T][] {
  const seen = new Set<T>();
  return [...named].filter(([, state]) => !seen.has(state) && seen.add(state));
}

/** @throws Error when `module` holds modules or parameters where `children` and `namedParameters` do not look */
function refuseHidden(path: string, module: Module): void {
  const known = new Set<unknown>(module.children().map(([, child]) => child));
  for (const [name, value] of Object.entries(module)) {
    if (value instanceof Module || value instanceof Parameter || value instanceof ModuleBuffer) continue;
    const kind = Array.isArray(value) ? 'an array' : 'an object';
    for (const item of itemsIn(value)) {
      if (known.has(item)) continue;
      const where = `"${name}"${path ? ` of ${path}` : ''}`;
      const advice =
        item instanceof Module
          ? `Wrap them in new ${Array.isArray(value) ? 'ModuleList([...])' : 'ModuleDict({ ... })'}`
          : 'Give each a property of its own';
      throw new Error(
        `to: ${where} is ${kind} that holds ${item instanceof Module ? 'modules' : 'parameters'}, which would not be ` +
          `found there. ${advice}.`,
      );
    }
  }
}

/** Modules and parameters in arrays, plain objects, maps and sets, at any depth. */
function* itemsIn(value: unknown, seen = new Set<unknown>()): Generator<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Module || value instanceof Parameter || value instanceof ModuleBuffer) yield value;
  else if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
    for (const item of value.values()) yield* itemsIn(item, seen);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) yield* itemsIn(item, seen);
  }
}
