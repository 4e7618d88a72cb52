import type { Recording } from '../gpu/recording.ts';
import { synchronous } from '../gpu/synchronous.ts';
import type { GRADIENTS } from './ops/gradients.ts';
import { SavedTensor } from './saved-tensor.ts';
import type { Tensor } from './tensor.ts';

/**
 * Where a backward function puts its results. `wants(i)`: does input i need a gradient at all?
 * `output(i)`: memory of input i's shape to write the gradient into, in full; it is the parameter's own
 * gradient where that is free, so nothing is copied afterwards. `take(i)`: what others have already given as
 * gradient of input i, or null; a function that calls it adds that to its own result, which then is the sum of all
 * so far. Where one kernel can do so, a pass is saved.
 */
export interface GradientSlots {
  /** Whether a gradient of this input is asked for at all; inputs count from 0. */
  wants(input: number): boolean;
  /** The tensor to write this input's gradient into: the place where it will be summed, where there is one. */
  output(input: number): Tensor;
  /** What has been summed for this input so far, to add to in the same kernel; null where nothing has. */
  take(input: number): Tensor | null;
}

/**
 * Returns the gradients of the inputs, in order, from the gradient of the result; null for an input without one. The last
 * argument is internal: the gradient functions of this library's own operations, see `ops/gradients.ts`.
 */
export type Backward = (grad: Tensor, slots: GradientSlots, gradients: typeof GRADIENTS) => (Tensor | null)[];

/** An input of a taped operation that a gradient flows to. */
export type Target = { leaf: Tensor } | { node: TapeNode } | null;

let gradEnabled = true;
let nextId = 1;

/** Runs `fn` without taping, as evaluation does. */
export function noGrad<T>(fn: () => T): T {
  const before = gradEnabled;
  gradEnabled = false;
  try {
    return synchronous('noGrad', fn);
  } finally {
    gradEnabled = before;
  }
}

/** Whether operations are taped now; false inside `noGrad`. */
export function isGradEnabled(): boolean {
  return gradEnabled;
}

/** One taped operation: who its inputs were, what it saved, how gradients go back through it. */
export class TapeNode {
  readonly id = nextId++;
  readonly name: string;
  readonly path: string;
  readonly shapes: readonly (readonly number[])[];
  readonly targets: readonly Target[];
  private backwardOf: Backward | null = null;
  /** the capture inside which it was taped */
  readonly recording: Recording | null;
  private saved: SavedTensor[] = [];
  private references = 0;

  constructor(name: string, inputs: readonly Tensor[]) {
    this.name = name;
    this.path = inputs[0]?.device.path ?? '';
    this.recording = inputs[0]?.device.recording ?? null;
    this.shapes = inputs.map((input) => input.shape);
    this.targets = inputs.map((input): Target => {
      if (input.node) return { node: input.node.retain() };
      return input.requiresGrad ? { leaf: input } : null;
    });
  }

  start(inputs: readonly Tensor[], setup: (save: (tensor: Tensor) => Tensor) => Backward): void {
    this.backwardOf = setup((tensor) => {
      const saved = new SavedTensor(tensor, this, inputs);
      this.saved.push(saved);
      return saved.tensor;
    });
  }

  /**
   * The backward function.
   * @throws Error when it has run already, and when something that it needs was overwritten
   */
  get backward(): Backward {
    if (!this.backwardOf) {
      throw new Error(
        `backward: ${this.name} was already differentiated; pass { retainGraph: true } to the first call`,
      );
    }
    for (const saved of this.saved) saved.check();
    return this.backwardOf;
  }

  retain(): this {
    this.references++;
    return this;
  }

  /** Lets go of this node and, where it was the last to need them, of those below; a loop, for long tapes. */
  release(): void {
    const released: TapeNode[] = [this];
    for (let node = released.pop(); node; node = released.pop()) {
      if (--node.references > 0) continue;
      node.free();
      for (const target of node.targets) if (target && 'node' in target) released.push(target.node);
    }
  }

  /** Lets go of what was saved for the backward pass. */
  free(): void {
    this.backwardOf = null;
    for (const saved of this.saved) saved.dispose();
    this.saved = [];
  }
}

/**
 * Tapes an operation. `setup` runs only when a gradient is wanted: it saves the tensors that the
 * backward needs with `save()` and returns the backward function.
 */
export function differentiable(
  name: string,
  result: Tensor,
  inputs: readonly Tensor[],
  setup: (save: (tensor: Tensor) => Tensor) => Backward,
): Tensor {
  if (!gradEnabled || !inputs.some((input) => input.requiresGrad)) return result;
  if (result.dtype === 'f16') {
    throw new Error(`${name}: f16 has no gradient; use noGrad(), or cast(x, 'f32')`);
  }
  const node = new TapeNode(name, inputs);
  node.start(inputs, setup);
  return result.attach(node);
}
