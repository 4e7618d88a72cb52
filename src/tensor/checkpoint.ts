import { callable, checkValue } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import { alreadyDifferentiated, checkSaved } from './check-saved.ts';
import { FirstRun, SecondRun } from './checkpoint-runs.ts';
import { expectTensor } from './expect.ts';
import { SavedTensor } from './saved-tensor.ts';
import { keep, scope } from './scope.ts';
import { sameShape, show } from './shape.ts';
import { isGradEnabled, recomputation, TapeNode, withGrad } from './tape.ts';
import type { Tensor } from './tensor.ts';

/**
 * Computes `fn(...inputs)` without keeping what its operations save for the backward pass; the backward pass runs `fn` a
 * second time instead (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016; torch.utils.checkpoint). Saves
 * memory and costs one more forward pass of `fn`. Results and gradients have the same bits as those of `fn` itself: in the
 * second run dropout draws the same masks, and batch norm does not update its running statistics again.
 *
 * `fn` must be synchronous and compute the same both times: modules stay in training or evaluation mode, and numbers and
 * seeds that `fn` uses do not change. It may use parameters and other tensors besides its inputs; they must not be
 * overwritten before the backward pass, nor by `fn`. As without a checkpoint, a tensor gets a gradient if it required one in
 * the forward pass and was not frozen since.
 *
 * @param fn computes one tensor, such as `(x) => block.call(x)`
 * @param inputs the arguments of `fn`
 * @returns the result of `fn`
 * @throws Error when `fn` does not return a tensor or overwrites one that it reads, and in the backward pass when the second
 *   run computes something else or draws other random masks, or when a tensor that `fn` used was overwritten
 */
export function checkpoint(fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  checkValue('checkpoint', 'fn', fn, callable);
  for (const [i, input] of inputs.entries()) expectTensor('checkpoint', `input ${i}`, input);
  const first = inputs[0];
  if (!isGradEnabled() || !first) return expectResult(fn(...inputs));
  const run = new FirstRun(recomputation.run, first.device);
  const node = new CheckpointNode(fn, inputs, run);
  node.retain();
  try {
    const y = run.during(first.device, () => scope(() => expectResult(fn(...inputs))));
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

/** Stands for all operations of a checkpoint on the tape, until `backward` replaces it by them. */
class CheckpointNode extends TapeNode {
  private readonly fn: (...inputs: Tensor[]) => Tensor;
  private readonly run: FirstRun;
  private inputs: Tensor[];
  private isFree = false;
  private shape: readonly number[] = [];
  /** tensors that the operations read, without their memory */
  private read: SavedTensor[] = [];

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
    for (const tensor of this.run.finish(y)) {
      const saved = new SavedTensor(tensor, this, 'a tensor that its function uses');
      saved.dispose();
      this.read.push(saved);
    }
  }

  override readonly recompute = (): TapeNode => {
    if (this.isFree) throw alreadyDifferentiated(this);
    for (const saved of this.read) checkSaved(saved);
    const run = new SecondRun(this.run);
    const compute = () => scope(() => expectResult(this.fn(...this.inputs)));
    const y = run.during((this.inputs[0] as Tensor).device, () => withGrad(true, compute));
    const { node } = y;
    if (!sameShape(y.shape, this.shape) || !node) {
      throw new Error(
        `checkpoint: fn returned ${node ? `shape ${show(y.shape)}` : 'a tensor without a gradient'} in the backward pass ` +
          `(expected shape ${show(this.shape)}, as in the forward pass). fn must compute the same both times.`,
      );
    }
    run.expectSame();
    node.retain();
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
    this.run.free();
  }
}
