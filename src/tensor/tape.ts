import { boolean, callable, checkOptions, type OptionRules, tensorRule } from '../gpu/check-options.ts';
import type { Recording } from '../gpu/recording.ts';
import { synchronous } from '../gpu/synchronous.ts';
import { addInPlace, addPlain, copyInto, onesLike } from './accumulate.ts';
import { expectTensor } from './expect.ts';
import { SavedTensor } from './saved-tensor.ts';
import { keep, scope } from './scope.ts';
import { sameShape, show } from './shape.ts';
import { empty, type Tensor } from './tensor.ts';

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

/** Gradients of the inputs, in order, from the gradient of the result; null where none flows. */
export type Backward = (grad: Tensor, slots: GradientSlots) => (Tensor | null)[];

type Target = { leaf: Tensor } | { node: TapeNode } | null;

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

/** What `backward` takes. */
export interface BackwardOptions {
  /** gradient of the result; 1 for a scalar when left out */
  gradient?: Tensor;
  /** keep what the tape saved, to differentiate once more */
  retainGraph?: boolean;
  /** called with every gradient as it is made, for checks: the node's name and layer, and the gradient */
  onGradient?: (node: TapeNode, gradient: Tensor) => void;
}

const BACKWARD_OPTIONS: OptionRules<BackwardOptions> = {
  gradient: tensorRule,
  retainGraph: boolean,
  onGradient: callable,
};

/**
 * Runs the tape backwards from `result` and adds to `grad` of every leaf that requires one.
 * Gradients of gradients are not taped.
 */
export function backward(result: Tensor, options: BackwardOptions = {}): void {
  expectTensor('backward', 'result', result);
  checkOptions('backward', options, BACKWARD_OPTIONS);
  const root = result.node;
  if (!root) {
    throw new Error(
      'backward: nothing was taped for this tensor (no input requires a gradient, or noGrad was on)',
    );
  }
  const { gradient } = options;
  if (!gradient && result.size !== 1) {
    throw new Error(`backward: a result of shape ${show(result.shape)} is no scalar; pass { gradient }`);
  }
  if (gradient && !sameShape(gradient.shape, result.shape)) {
    throw new Error(
      `backward: gradient ${show(gradient.shape)} must have the result's shape ${show(result.shape)}`,
    );
  }
  const device = result.device;
  const path = device.path;
  const pending = new Map<TapeNode, Tensor>();
  scope(() => noGrad(() => pending.set(root, keep((gradient ?? onesLike(result)).alias()))));
  try {
    for (const node of reachable(root)) {
      const incoming = pending.get(node);
      if (!incoming) continue;
      pending.delete(node);
      device.path = node.path;
      device.withOwner('tensor', () =>
        scope(() => noGrad(() => step(node, incoming, pending, device, options))),
      );
      incoming.dispose();
      if (!options.retainGraph) node.free();
    }
  } finally {
    device.path = path;
    for (const tensor of pending.values()) tensor.dispose();
  }
}

/** Nodes from the result down, each after all its consumers: ids grow as the tape is written. */
function reachable(root: TapeNode): TapeNode[] {
  const seen = new Set<TapeNode>([root]);
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const target of node.targets) {
      if (target && 'node' in target && !seen.has(target.node)) {
        seen.add(target.node);
        stack.push(target.node);
      }
    }
  }
  return [...seen].sort((a, b) => b.id - a.id);
}

function step(
  node: TapeNode,
  incoming: Tensor,
  pending: Map<TapeNode, Tensor>,
  device: Tensor['device'],
  options: BackwardOptions,
): void {
  options.onGradient?.(node, incoming);
  const offered = new Set<Tensor>();
  const taken: Tensor[] = [];
  const gradients = node.backward(incoming, {
    wants: (i) => isWanted(node.targets[i]),
    output: (i) => {
      const target = node.targets[i];
      if (target && 'leaf' in target) {
        const { leaf } = target;
        if (leaf.gradHome && !leaf.grad && !offered.has(leaf)) {
          offered.add(leaf);
          return leaf.gradHome;
        }
      }
      return empty(device, node.shapes[i] as readonly number[], 'f32', `${node.name} gradient`);
    },
    take: (i) => {
      const target = node.targets[i];
      const before = target && 'node' in target ? pending.get(target.node) : undefined;
      if (!before || !target || !('node' in target)) return null;
      pending.delete(target.node);
      taken.push(before);
      return before;
    },
  });
  node.targets.forEach((target, i) => {
    const gradient = gradients[i];
    if (!target || !gradient || !isWanted(target)) return;
    if (!sameShape(gradient.shape, node.shapes[i] as readonly number[])) {
      throw new Error(
        `${node.name}: gradient ${i} has shape ${show(gradient.shape)}, its input ${show(node.shapes[i] ?? [])}`,
      );
    }
    if ('leaf' in target) addToLeaf(target.leaf, gradient);
    else addToNode(target.node, gradient, pending);
  });
  for (const tensor of taken) tensor.dispose();
}

/** Whether an input still takes a gradient: a leaf may have been frozen since the forward pass. */
function isWanted(target: Target | undefined): boolean {
  return !!target && ('node' in target || target.leaf.requiresGrad);
}

function addToLeaf(leaf: Tensor, gradient: Tensor): void {
  const home = leaf.gradHome;
  if (home) {
    if (leaf.grad) addInPlace(home, gradient);
    else if (gradient !== home) copyInto(home, gradient);
    attachGradient(leaf);
    // a replay writes the gradient again, also where zeroGrad() has dropped the handle
    leaf.device.recording?.effects.push(() => attachGradient(leaf));
  } else {
    const sum = leaf.grad ? addPlain(leaf.grad, gradient) : own(leaf, gradient);
    leaf.grad?.dispose();
    leaf.grad = keep(sum);
  }
}

function attachGradient(leaf: Tensor): void {
  if (!leaf.grad && leaf.gradHome) leaf.grad = keep(leaf.gradHome.alias());
}

/** A leaf's gradient in memory that it shares with no other leaf, and not with the caller. */
function own(leaf: Tensor, gradient: Tensor): Tensor {
  if (gradient.storage.references < 2) return gradient.alias();
  const copy = empty(leaf.device, leaf.shape, 'f32', 'gradient');
  copyInto(copy, gradient);
  return copy;
}

function addToNode(node: TapeNode, gradient: Tensor, pending: Map<TapeNode, Tensor>): void {
  const before = pending.get(node);
  pending.set(node, keep(before ? addPlain(before, gradient) : gradient.alias()));
  before?.dispose();
}
