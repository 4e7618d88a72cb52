import { callable, checkValue } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import type { StorageView } from '../gpu/storage.ts';
import { copyInto } from './accumulate.ts';
import { alreadyDifferentiated, checkSaved } from './check-saved.ts';
import { expectTensor } from './expect.ts';
import { SavedTensor } from './saved-tensor.ts';
import { keep, scope } from './scope.ts';
import { sameShape, show } from './shape.ts';
import { isGradEnabled, noGrad, type Recomputation, recomputation, TapeNode, withGrad } from './tape.ts';
import { empty, type Tensor } from './tensor.ts';

/**
 * Computes `fn(...inputs)` without keeping what its operations save for the backward pass; the backward pass runs `fn` a
 * second time instead (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016; torch.utils.checkpoint). Saves
 * memory and costs one more forward pass of `fn`. Results and gradients have the same bits as those of `fn` itself: in the
 * second run dropout draws the same masks, and batch norm does not update its running statistics again.
 *
 * `fn` must be synchronous and compute the same both times. It may use parameters and other tensors besides its inputs;
 * they must not be overwritten before the backward pass.
 *
 * @param fn computes one tensor, such as `(x) => block.call(x)`
 * @param inputs the arguments of `fn`
 * @returns the result of `fn`
 * @throws Error when `fn` does not return a tensor, and in the backward pass when the second run returns another shape or
 *   draws more random masks, or when a tensor that `fn` used was overwritten
 */
export function checkpoint(fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  checkValue('checkpoint', 'fn', fn, callable);
  for (const [i, input] of inputs.entries()) expectTensor('checkpoint', `input ${i}`, input);
  const first = inputs[0];
  if (!isGradEnabled() || !first) return expectResult(fn(...inputs));
  const run = new FirstRun(recomputation.run);
  const node = new CheckpointNode(fn, inputs, run);
  node.retain();
  try {
    const y = during(run, () => noting(run, first.device, () => scope(() => expectResult(fn(...inputs)))));
    // nothing to recompute: no gradient is needed, or the result existed before
    if (!y.node || y.node.id < node.id) return y;
    node.finish(y);
    const result = y.detach().attach(node);
    y.dispose();
    return result;
  } finally {
    node.release(); // the result holds it
  }
}

function expectResult(y: Tensor): Tensor {
  if (y?.isTensor) return y;
  throw new Error(
    `checkpoint: fn: returned ${describeValue(y)}, expected one tensor. Call checkpoint once per result.`,
  );
}

function during<T>(run: Recomputation, fn: () => T): T {
  const before = recomputation.run;
  recomputation.run = run;
  try {
    return fn();
  } finally {
    recomputation.run = before;
  }
}

/** Runs `fn`, and notes the tensors that its kernels read, also those of operations that are not taped. */
function noting<T>(run: Recomputation, device: Device, fn: () => T): T {
  const { rules } = device;
  device.rules = {
    replace(kernel, spec, on) {
      const read = kernel?.bindings?.filter(({ access }) => access === 'read') ?? [];
      run.note(read.map(({ name }) => spec.bind?.[name]).filter(isTensor));
      return rules?.replace(kernel, spec, on);
    },
    alternatives: (kernel, spec, on) => rules?.alternatives(kernel, spec, on) ?? {},
  };
  try {
    return fn();
  } finally {
    device.rules = rules;
  }
}

const isTensor = (view?: StorageView): view is Tensor => !!view && 'isTensor' in view;

/** Records what the second run must repeat or check: the random states, and the tensors that the operations read. */
class FirstRun implements Recomputation {
  readonly repeats: boolean;
  readonly states: Tensor[] = [];
  readonly read = new Set<Tensor>();
  /** random states, which `states` holds as they were; each draw changes them */
  readonly drawn = new Set<Tensor>();
  private readonly outer: Recomputation | null;

  /** @param outer the checkpoint in which this one runs */
  constructor(outer: Recomputation | null) {
    this.outer = outer;
    this.repeats = outer?.repeats ?? false;
  }

  note(inputs: readonly Tensor[]): void {
    this.outer?.note(inputs);
    for (const input of inputs) this.read.add(input);
  }

  randomState(state: Tensor): Tensor {
    this.drawn.add(state);
    const drawn = this.outer?.randomState(state) ?? state;
    const copy = keep(empty(drawn.device, drawn.shape, drawn.dtype, 'random state'));
    noGrad(() => copyInto(copy, drawn));
    this.states.push(copy);
    return drawn;
  }
}

/** Returns the random states of the first run in their order. */
class SecondRun implements Recomputation {
  readonly repeats = true;
  private readonly states: readonly Tensor[];
  private used = 0;

  constructor(states: readonly Tensor[]) {
    this.states = states;
  }

  note(): void {}

  randomState(): Tensor {
    const state = this.states[this.used++];
    if (state) return state;
    throw new Error(
      `checkpoint: fn drew ${this.used} random masks in the backward pass (expected ${this.states.length}, as in the ` +
        'forward pass). fn must compute the same both times.',
    );
  }
}

/** Stands for all operations of a checkpoint on the tape, until `backward` replaces it by them. */
class CheckpointNode extends TapeNode {
  private readonly fn: (...inputs: Tensor[]) => Tensor;
  private readonly run: FirstRun;
  private inputs: Tensor[];
  private isFree = false;
  private shape: readonly number[] = [];
  /** tensors that the operations read, without their memory */
  private read: SavedTensor[] = [];
  /** those that needed a gradient */
  private sources: Tensor[] = [];

  constructor(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], run: FirstRun) {
    super('checkpoint', inputs);
    this.fn = fn;
    this.run = run;
    this.inputs = inputs.map((input, i) => {
      const target = this.targets[i];
      if (target && 'leaf' in target) return target.leaf;
      const alias = keep(input.alias());
      return target ? alias.attach(target.node) : alias;
    });
  }

  /** Ends the first run, whose result is y. */
  finish(y: Tensor): void {
    this.shape = y.shape;
    for (const tensor of this.run.read) {
      if (tensor.isDisposed || tensor === y || this.run.drawn.has(tensor)) continue; // an intermediate result or random state
      const saved = new SavedTensor(tensor, this, 'a tensor that its function uses');
      saved.dispose();
      this.read.push(saved);
      if (tensor.requiresGrad) this.sources.push(tensor);
    }
    this.run.read.clear();
    this.run.drawn.clear();
  }

  override readonly recompute = (): TapeNode | null => {
    if (this.isFree) throw alreadyDifferentiated(this);
    for (const saved of this.read) checkSaved(saved);
    const y = during(new SecondRun(this.run.states), () =>
      withGrad(true, () => scope(() => expectResult(this.fn(...this.inputs)))),
    );
    const isFrozen = [...this.inputs, ...this.sources].every(({ requiresGrad }) => !requiresGrad);
    if (!sameShape(y.shape, this.shape) || (!y.node && !isFrozen)) {
      throw new Error(
        `checkpoint: fn returned ${y.node ? `shape ${show(y.shape)}` : 'a tensor without a gradient'} in the backward pass ` +
          `(expected shape ${show(this.shape)}, as in the forward pass). fn must compute the same both times.`,
      );
    }
    const node = y.node?.retain() ?? null;
    y.dispose();
    return node;
  };

  override free(): void {
    super.free();
    this.isFree = true;
    this.inputs.forEach((input, i) => {
      const target = this.targets[i];
      if (!target || 'node' in target) input.dispose();
    });
    this.inputs = [];
    this.sources = [];
    for (const state of this.run.states) state.dispose();
    this.run.states.length = 0;
  }
}
