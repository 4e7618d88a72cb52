import { boolean, callable, checkOptions, type OptionRules, tensorRule } from '../gpu/check-options.ts';
import { addInPlace, addPlain, copyInto, onesLike } from './accumulate.ts';
import { alreadyDifferentiated, checkSaved } from './check-saved.ts';
import { expectTensor } from './expect.ts';
import { GRADIENTS } from './ops/gradients.ts';
import { keep, scope } from './scope.ts';
import { sameShape, show } from './shape.ts';
import { type GradientSlots, noGrad, type TapeNode, type Target } from './tape.ts';
import { empty, type Tensor } from './tensor.ts';

/** Options of `backward`. */
export interface BackwardOptions {
  /** gradient of the result (default 1, for a scalar) */
  gradient?: Tensor;
  /** keep the saved tensors, so that `backward` can run again (default false) */
  retainGraph?: boolean;
  /** called with each node and the gradient of its result, for checks */
  onGradient?: (node: TapeNode, gradient: Tensor) => void;
}

const BACKWARD_OPTIONS: OptionRules<BackwardOptions> = {
  gradient: tensorRule,
  retainGraph: boolean,
  onGradient: callable,
};

/**
 * Runs the tape backwards from `result` and adds to `grad` of every leaf that requires one. Gradients of gradients are not
 * taped.
 */
export function backward(result: Tensor, options: BackwardOptions = {}): void {
  expectTensor('backward', 'result', result);
  checkOptions('backward', options, BACKWARD_OPTIONS);
  const root = result.node;
  if (!root) {
    throw new Error(
      'backward: nothing was taped for this tensor, because no input requires a gradient or it was computed inside noGrad()',
    );
  }
  const { gradient } = options;
  if (!gradient && result.size !== 1) {
    throw new Error(`backward: a result of shape ${show(result.shape)} is not a scalar. Pass { gradient }.`);
  }
  if (gradient && !sameShape(gradient.shape, result.shape)) {
    throw new Error(
      `backward: gradient: got shape ${show(gradient.shape)}, expected the result's shape ${show(result.shape)}`,
    );
  }
  const device = result.device;
  const path = device.path;
  const pending = new Map<TapeNode, Tensor>();
  scope(() => noGrad(() => pending.set(root, keep((gradient ?? onesLike(result)).alias()))));
  const unvisited = new Unvisited(root);
  const recomputed: TapeNode[] = [];
  try {
    for (let node = unvisited.next(); node; node = unvisited.next()) {
      const incoming = pending.get(node);
      if (!incoming) continue;
      pending.delete(node);
      device.path = node.path;
      const current = node;
      device.withOwner('tensor', () =>
        scope(() =>
          noGrad(() => {
            if (!current.recompute) return step(current, incoming, pending, device, options);
            // the operations of a checkpoint take its place on the tape
            const again = current.recompute();
            recomputed.push(again);
            unvisited.add(again);
            addToNode(again, incoming, pending);
          }),
        ),
      );
      incoming.dispose();
      if (!options.retainGraph) node.free();
    }
  } finally {
    device.path = path;
    for (const tensor of pending.values()) tensor.dispose();
    for (const node of recomputed) node.release();
  }
}

/** The nodes that a result depends on, each after the nodes that use its result: ids increase along the tape. */
class Unvisited {
  private readonly seen = new Set<TapeNode>();
  /** by increasing id */
  private nodes: TapeNode[] = [];

  constructor(root: TapeNode) {
    this.add(root);
  }

  /** Adds a node and those that it depends on. */
  add(root: TapeNode): void {
    const stack = [root];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (this.seen.has(node)) continue;
      this.seen.add(node);
      this.nodes.push(node);
      for (const target of node.targets) if (target && 'node' in target) stack.push(target.node);
    }
    this.nodes.sort((a, b) => a.id - b.id);
  }

  next(): TapeNode | undefined {
    return this.nodes.pop();
  }
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
  const slots: GradientSlots = {
    wants: (i) => isWanted(node.targets[i]),
    output: (i) => {
      const target = node.targets[i];
      if (target && 'leaf' in target) {
        const { leaf } = target;
        if (leaf.gradBuffer && !leaf.grad && !offered.has(leaf)) {
          offered.add(leaf);
          return leaf.gradBuffer;
        }
      }
      return empty(device, node.shapes[i] as readonly number[], 'f32', `${node.name} gradient`);
    },
    fill: (i, write) => {
      if (!slots.wants(i)) return null;
      const gradient = slots.output(i);
      write(gradient);
      return gradient;
    },
    take: (i) => {
      const target = node.targets[i];
      const before = target && 'node' in target ? pending.get(target.node) : undefined;
      if (!before || !target || !('node' in target)) return null;
      pending.delete(target.node);
      taken.push(before);
      return before;
    },
  };
  if (!node.backwardOf) throw alreadyDifferentiated(node);
  for (const saved of node.saved) checkSaved(saved);
  const gradients = node.backwardOf(incoming, slots, GRADIENTS);
  node.targets.forEach((target, i) => {
    const gradient = gradients[i];
    if (!target || !gradient || !isWanted(target)) return;
    if (!sameShape(gradient.shape, node.shapes[i] as readonly number[])) {
      throw new Error(
        `${node.name}: gradient ${i} has shape ${show(gradient.shape)}, but its input has ${show(node.shapes[i] ?? [])}`,
      );
    }
    if ('leaf' in target) addToLeaf(target.leaf, gradient);
    else addToNode(target.node, gradient, pending);
  });
  for (const tensor of taken) tensor.dispose();
}

/** Returns whether an input needs a gradient; a leaf may have been frozen after the forward pass. */
function isWanted(target: Target | undefined): boolean {
  return !!target && ('node' in target || target.leaf.requiresGrad);
}

function addToLeaf(leaf: Tensor, gradient: Tensor): void {
  const home = leaf.gradBuffer;
  if (home) {
    if (leaf.grad) addInPlace(home, gradient);
    else if (gradient !== home) copyInto(home, gradient);
    attachGradient(leaf);
    // a replay writes the gradient again, even if zeroGrad() dropped the handle
    leaf.device.recording?.effects.push(() => attachGradient(leaf));
  } else {
    const sum = leaf.grad ? addPlain(leaf.grad, gradient) : own(leaf, gradient);
    leaf.grad?.dispose();
    leaf.grad = keep(sum);
  }
}

function attachGradient(leaf: Tensor): void {
  if (!leaf.grad && leaf.gradBuffer) leaf.grad = keep(leaf.gradBuffer.alias());
}

/** Returns the gradient in memory that is not shared with another leaf or the caller. */
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
