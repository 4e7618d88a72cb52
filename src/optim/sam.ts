import { callable, checkOptions, checkValue, finite } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import * as kernels from '../kernels/index.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { copyInto } from '../tensor/accumulate.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { part } from './gradients.ts';
import { type Measured, Optimizer } from './optimizer.ts';
import { optimizerMemory } from './optimizer-memory.ts';
import type { TypedSettings } from './settings.ts';

/** Options of `SAM`. */
export interface SAMOptions {
  /**
   * distance from the weights at which the second gradient is computed, as the norm over all parameters (default 0.05)
   */
  rho?: number;
}

/**
 * Sharpness-aware minimization (Foret et al., ICLR 2021) around any optimizer. Each step computes two gradients of the
 * same batch: the first leads to p + rho g / |g|, a nearby point with a higher loss; the optimizer then updates p with
 * the second gradient, which is computed there. A step therefore costs two forward and two backward passes.
 *
 *   const optimizer = new SAM(new SGD(model, { learningRate: 0.1, momentum: 0.9 }));
 *   model.zeroGrad();
 *   backward(lossOf(batch));
 *   optimizer.step(() => backward(lossOf(batch)));
 *
 * `fit` does this by itself; it does not support gradient accumulation with SAM. The step can be recorded by
 * `capture()`. Batch norm updates its running statistics in both passes, as in the usual implementations. If the first
 * gradient is not finite, the second one is computed at p.
 */
export class SAM {
  readonly type = 'SAM';
  /** the wrapped optimizer; `dispose` frees it too */
  readonly optimizer: Optimizer;
  readonly rho: number;
  /** f32 [4] = [norm of the first gradient, 1, finite ? 1 : 0, number that were not finite] */
  private readonly guard: Tensor;
  /** the parameters before the ascent */
  private readonly kept: Tensor;
  /** the parameters that the first half of a step moved; null between steps */
  private moved: Measured | null = null;

  /**
   * @throws Error unless `optimizer` is an Optimizer, such as `new SGD(model)`
   * @throws RangeError when `rho` is negative
   */
  constructor(optimizer: Optimizer, options: SAMOptions = {}) {
    if (!(optimizer instanceof Optimizer)) {
      throw new Error(
        `SAM: optimizer: got ${describeValue(optimizer)}, expected an optimizer, such as new SGD(model)`,
      );
    }
    checkOptions('SAM', options, { rho: (value) => finite(value, 0) });
    this.optimizer = optimizer;
    this.rho = options.rho ?? 0.05;
    const { device } = optimizer;
    this.guard = optimizerMemory(device, 4);
    this.kept = optimizerMemory(device, optimizer.values.size);
  }

  /** Learning rate of the wrapped optimizer. */
  get learningRate(): number {
    return this.optimizer.learningRate;
  }

  set learningRate(value: number) {
    this.optimizer.learningRate = value;
  }

  /** Internal: see `Optimizer`. */
  get mostSkipped(): number | undefined {
    return this.optimizer.mostSkipped;
  }

  set mostSkipped(value: number | undefined) {
    this.optimizer.mostSkipped = value;
  }

  /**
   * Updates the parameters. Call it after the first backward pass; `closure` runs the forward and backward pass again,
   * at p + rho g / |g|, after the gradients have been cleared.
   * @returns the norm of the second gradients before clipping, f32 [1]; overwritten by the next step
   * @throws Error when no parameter has a gradient, before or after `closure`
   */
  step(closure: () => void): Tensor {
    checkValue('SAM', 'closure', closure, callable);
    this.firstStep();
    try {
      closure();
    } catch (error) {
      this.restore();
      throw error;
    }
    return this.secondStep();
  }

  /**
   * Runs the first half of a step, if you run the passes yourself: moves the parameters uphill and clears the
   * gradients.
   */
  firstStep(): void {
    if (this.moved)
      throw new Error('SAM: firstStep was called twice. Call secondStep() after the second backward pass.');
    const { device } = this.optimizer;
    noGrad(() =>
      scope(() => {
        const measured = this.optimizer.measure(this.guard, 0);
        const { values } = this.optimizer;
        for (const { start, size } of measured.spans) {
          device.dispatch(kernels.samAscend, {
            label: 'sam',
            bind: {
              values: part(values, start, size),
              gradients: part(measured.gradients, start, size),
              kept: part(this.kept, start, size),
              guard: this.guard,
            },
            // a loss that is maximized is sharp where it is lower nearby
            params: { count: size / 4, rho: this.optimizer.maximize ? -this.rho : this.rho },
            threads: size / 4,
          });
        }
        for (const parameter of measured.active) parameter.dropGradient();
        this.moved = measured;
      }),
    );
  }

  /**
   * Runs the second half of a step: moves the parameters back and updates them with the gradients that were computed
   * uphill.
   */
  secondStep(): Tensor {
    if (!this.moved)
      throw new Error('SAM: secondStep was called before firstStep(). Call firstStep() first.');
    this.restore();
    return this.optimizer.step();
  }

  private restore(): void {
    const { moved, kept, optimizer } = this;
    this.moved = null;
    if (!moved) return;
    noGrad(() =>
      scope(() => {
        for (const { start, size } of moved.spans) {
          copyInto(part(optimizer.values, start, size), part(kept, start, size));
        }
      }),
    );
  }

  /** Returns the number of steps that were skipped because a second gradient was not finite. */
  skippedSteps(): Promise<number> {
    return this.optimizer.skippedSteps();
  }

  /** Returns the state of the wrapped optimizer; SAM has none between steps. */
  stateDict(): Promise<StateDict> {
    return this.optimizer.stateDict();
  }

  /** Restores the state that `stateDict()` returned. */
  loadStateDict(state: StateDict): void {
    this.optimizer.loadStateDict(state);
  }

  /** Returns type and constants, with those of the wrapped optimizer. */
  settings(): TypedSettings {
    return { type: this.type, version: 1, rho: this.rho, optimizer: this.optimizer.settings() };
  }

  /** Frees the memory of SAM and of the wrapped optimizer. */
  dispose(): void {
    this.guard.dispose();
    this.kept.dispose();
    this.optimizer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** An optimizer as `fit` accepts it. */
export type AnyOptimizer = Optimizer | SAM;
