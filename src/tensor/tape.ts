// The tape: reverse-mode automatic differentiation. Without memory management it would be these 30 lines:
//
//   let nodes: Node[] = [];
//
//   class Node {
//     constructor(readonly inputs: Tensor[], readonly backward: (dy: Tensor) => Tensor[]) {
//       nodes.push(this);
//     }
//   }
//
//   // an operation computes its result, and returns the gradients of its inputs from the gradient of its result
//   function mul(a: Tensor, b: Tensor): Tensor {
//     const y = product(a, b);
//     y.node = new Node([a, b], (dy) => [product(dy, b), product(dy, a)]);
//     return y;
//   }
//
//   // nodes are in order of computation, so in reverse each comes after all nodes that use its result
//   function backward(y: Tensor): void {
//     y.grad = onesLike(y);
//     for (const node of nodes.reverse()) {
//       const dy = results.get(node).grad;
//       if (!dy) continue; // y does not depend on it
//       const gradients = node.backward(dy);
//       node.inputs.forEach((x, i) => {
//         x.grad = x.grad ? sum(x.grad, gradients[i]) : gradients[i];
//       });
//     }
//     nodes = [];
//   }
//
// This file and backward.ts differ in four ways. Nodes reference the nodes of their inputs and the values they saved,
// not tensors, and count references, so memory is freed as soon as no backward pass needs it; a number per node
// replaces the list. Gradients of intermediate results exist only until their node has run. An operation writes a
// gradient directly to where it is summed (`GradientSlots`). Saved values must not be overwritten before they are used
// (`SavedTensor`, `checkSaved`).
import type { Recording } from '../gpu/recording.ts';
import { synchronous } from '../gpu/synchronous.ts';
import type { GRADIENTS } from './ops/gradients.ts';
import { SavedTensor } from './saved-tensor.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * Memory into which a backward function writes the gradients of its inputs, counted from 0. Without slots the function
 * would allocate each gradient, and the tape would add it to the earlier ones in another pass over the memory.
 */
export interface GradientSlots {
  /** Returns whether this input needs a gradient. */
  wants(input: number): boolean;
  /**
   * Returns memory of the input's shape, which the caller must write in full: the parameter's gradient itself if it is
   * still empty, so that no copy is needed, otherwise new memory.
   */
  output(input: number): Tensor;
  /**
   * Calls `write` with `output(input)` and returns that tensor; returns null, without calling, when the input needs no
   * gradient.
   */
  fill(input: number, write: (gradient: Tensor) => void): Tensor | null;
  /**
   * Returns the sum of this input's gradients so far, or null. A caller must add it to its own gradient in the same
   * kernel, which saves a pass.
   */
  take(input: number): Tensor | null;
}

/**
 * Returns the gradients of the inputs, in order, from the gradient of the result; null for an input without one. The
 * last argument is internal: the gradient functions of this library's operations, see `ops/gradients.ts`.
 */
export type Backward = (grad: Tensor, slots: GradientSlots, gradients: typeof GRADIENTS) => (Tensor | null)[];

/** An input of a taped operation that receives a gradient. */
export type Target = { leaf: Tensor } | { node: TapeNode } | null;

let gradEnabled = true;
let nextId = 1;

/** Runs `fn` without taping, for evaluation. */
export function noGrad<T>(fn: () => T): T {
  return withGrad(false, fn);
}

/** Runs `fn` with taping switched on or off; `checkpoint` switches it on during a backward pass. */
export function withGrad<T>(enabled: boolean, fn: () => T): T {
  const before = gradEnabled;
  gradEnabled = enabled;
  try {
    return synchronous('noGrad', fn);
  } finally {
    gradEnabled = before;
  }
}

/** Internal: what the operations need to know while `checkpoint` runs its function; see `checkpoint.ts`. */
export interface Recomputation {
  /** whether the function runs again, so that batch norm and dropout must not advance their state */
  readonly repeats: boolean;
  /** Notes an operation, taped or not. */
  note(inputs: readonly Tensor[], name: string, shape: Shape): void;
  /** Returns the random state for a call: that of the first run if this is a repetition. */
  randomState(state: Tensor): Tensor;
}

/** Internal: `run` is set while `checkpoint` runs its function. */
export const recomputation: { run: Recomputation | null } = { run: null };

/** Returns whether operations are taped now; false inside `noGrad`. */
export function isGradEnabled(): boolean {
  return gradEnabled;
}

/** One taped operation: its inputs, saved tensors and backward function. */
export class TapeNode {
  /**
   * Internal, of a checkpoint: tapes its operations again and returns the node of their result, retained.
   */
  declare readonly recompute?: () => TapeNode;
  readonly id = nextId++;
  readonly name: string;
  readonly path: string;
  readonly shapes: readonly (readonly number[])[];
  readonly targets: readonly Target[];
  /** the backward function; null once it has run */
  backwardOf: Backward | null = null;
  /** the capture in which it was taped */
  readonly recording: Recording | null;
  /** tensors that the backward function uses */
  saved: SavedTensor[] = [];
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
      const saved = new SavedTensor(tensor, this, inputs.indexOf(tensor));
      this.saved.push(saved);
      return saved.tensor;
    });
  }

  retain(): this {
    this.references++;
    return this;
  }

  /**
   * Drops one reference to this node; frees it and the nodes that only it referenced. This is a loop, since tapes are
   * long.
   */
  release(): void {
    const released: TapeNode[] = [this];
    for (let node = released.pop(); node; node = released.pop()) {
      if (--node.references > 0) continue;
      node.free();
      for (const target of node.targets) if (target && 'node' in target) released.push(target.node);
    }
  }

  /** Frees the saved tensors. */
  free(): void {
    this.backwardOf = null;
    for (const saved of this.saved) saved.dispose();
    this.saved = [];
  }
}

/**
 * Tapes an operation. `setup` runs only when a gradient is needed: it saves the tensors for the backward pass with
 * `save()` and returns the backward function.
 */
export function differentiable(
  name: string,
  result: Tensor,
  inputs: readonly Tensor[],
  setup: (save: (tensor: Tensor) => Tensor) => Backward,
): Tensor {
  recomputation.run?.note(inputs, name, result.shape);
  if (!gradEnabled || !inputs.some((input) => input.requiresGrad)) return result;
  if (result.dtype === 'f16') {
    throw new Error(`${name}: f16 has no gradient. Use noGrad(), or cast(x, 'f32').`);
  }
  const node = new TapeNode(name, inputs);
  node.start(inputs, setup);
  return result.attach(node);
}
