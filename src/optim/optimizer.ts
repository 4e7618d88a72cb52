import { boolean, checkValue, notNegative, type OptionRules } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import { ARENA_ALIGN, type Span, spansOf } from '../layers/arena.ts';
import type { Parameter } from '../layers/parameter.ts';
import type { Placement } from '../layers/placement.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { stateProblems, throwProblems } from '../layers/state-problems.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { fromWords, toWords } from './double-words.ts';
import { adoptGradient, measureGradients, part } from './gradients.ts';
import { optimizerMemory } from './optimizer-memory.ts';
import { type Group, type ParameterSource, parameterGroups } from './parameter-groups.ts';
import { checkReplays, isActive } from './replay-check.ts';
import { RuleTables } from './rule-tables.ts';
import type { SettingsValue, TypedSettings } from './settings.ts';

/** Options of every optimizer. */
export interface OptimizerOptions {
  /** learning rate (default 1e-3); can be changed later by `learningRate` or by the schedule of `fit` */
  learningRate?: number;
  /** L2 penalty that is added to the gradient (default 0); for AdamW, decoupled weight decay (default 0.01) */
  weightDecay?: number;
  /** whether weight decay also applies to biases and batch norm's scale and shift, as in PyTorch (default true) */
  decayVectors?: boolean;
  /** maximum Euclidean norm of all gradients; larger gradients are scaled down to it (default 0: no clipping) */
  clipNorm?: number;
  /** whether to increase the loss instead of decreasing it (default false) */
  maximize?: boolean;
}

/** Rules of the options that every optimizer has. */
export const OPTIMIZER_RULES: OptionRules<OptimizerOptions> = {
  learningRate: notNegative,
  weightDecay: notNegative,
  decayVectors: boolean,
  clipNorm: notNegative,
  maximize: boolean,
};

/** The memory of a span, and the index of its first block. */
export interface SpanMemory {
  values: Tensor;
  gradients: Tensor;
  moments: Tensor[];
  firstBlock: number;
}

/** The parameters that a step updates, their spans in the arenas, and the arena of the gradients. */
export interface Measured {
  active: readonly Parameter[];
  spans: readonly Span[];
  gradients: Tensor;
}

/**
 * Base class of SGD, RMSprop, Adam and AdamW. As in PyTorch, a step updates the parameters that require a gradient and
 * have one: a frozen parameter, or one that no loss has reached since `zeroGrad()`, keeps its value and moments bit for bit, and its
 * steps are not counted. Every step first computes the norm of these gradients; if it is not finite (NaN or infinite),
 * nothing is updated. State and learning rate are on the GPU, so that a captured step can be replayed with another rate.
 */
export abstract class Optimizer {
  /** name of the rule; a literal, so that minified builds keep it */
  readonly type: string;
  /**
   * Internal: once more steps than this were skipped, steps that are recorded now skip every update. `fit` uses it to keep
   * the weights of the last finite step, although later steps are already submitted.
   */
  mostSkipped: number | undefined;
  /** default weight decay of the groups */
  readonly weightDecay: number;
  /** whether a step increases the loss */
  readonly maximize: boolean;
  readonly device: Device;
  /** f32 [2 * groups, 2] = [learning rate, weight decay], per group first for the matrices, then for the vectors */
  protected readonly rules: Tensor;
  /** f32 [blocks, 4] = [c1, c2, steps, rule] per block of 64 parameters */
  protected readonly blocks: Tensor;
  /** f32 [4] = [gradient norm, scale of clipping, finite ? 1 : 0, steps skipped] */
  protected readonly guard: Tensor;
  /** running averages, each as long as the parameter arena */
  protected readonly moments: readonly Tensor[];
  private readonly tables: RuleTables;
  private readonly placement: Placement;
  private readonly groups: readonly Group[];
  private readonly isWholeModule: boolean;
  /** parameters of all groups, in the order of the arenas */
  private readonly parameters: readonly Parameter[];
  private readonly countsSteps: boolean;
  private readonly clipNorm: number;
  private readonly decayVectors: boolean;
  private rate: number;

  /** @throws Error for parameters that are not on a device; RangeError when an option is out of range */
  constructor(
    type: string,
    source: ParameterSource,
    options: OptimizerOptions & { learningRate: number },
    state: { moments: number; countsSteps: boolean },
  ) {
    const { learningRate, weightDecay = 0, decayVectors = true, clipNorm = 0, maximize = false } = options;
    const { placement, groups } = parameterGroups(type, source, { learningRate, weightDecay });
    const { device, parameters } = placement;
    this.type = type;
    this.placement = placement;
    this.groups = groups;
    this.parameters = groups.flatMap((group) => group.parameters).sort((a, b) => indexOf(a) - indexOf(b));
    this.isWholeModule = groups.length === 1 && this.parameters.length === placement.order.length;
    this.device = device;
    this.countsSteps = state.countsSteps;
    this.clipNorm = clipNorm;
    this.decayVectors = decayVectors;
    this.rate = learningRate;
    this.weightDecay = weightDecay;
    this.maximize = maximize;
    this.tables = new RuleTables(placement, groups, this.parameters, decayVectors);
    this.rules = this.tables.rules;
    this.blocks = this.tables.blocks;
    this.guard = optimizerMemory(device, 4);
    this.moments = Array.from({ length: state.moments }, () => optimizerMemory(device, parameters.flat.size));
    this.tables.writeRules(learningRate);
  }

  /**
   * Learning rate of the next step.
   * @throws RangeError when set to a number that is negative or not finite
   */
  get learningRate(): number {
    return this.rate;
  }

  /** Takes effect at the next step, including captured ones. Groups with a separate rate scale in proportion. */
  set learningRate(value: number) {
    checkValue(this.type, 'learningRate', value, notNegative);
    if (value === this.rate) return;
    this.assertLive();
    this.tables.writeRules(value); // throws inside capture()
    this.rate = value;
  }

  /**
   * Updates the parameters that require a gradient and have one. A step recorded by `capture()` updates the same set, and
   * its replay throws when another set of parameters would have to be updated.
   * @returns the norm of these gradients before clipping, f32 [1]; overwritten by the next step
   * @throws Error when no parameter has a gradient
   */
  step(): Tensor {
    let active: readonly Parameter[] = [];
    noGrad(() =>
      scope(() => {
        const measured = this.measure(this.guard, this.clipNorm, this.mostSkipped);
        active = measured.active;
        this.update(measured.spans.map((span) => this.memoryOf(span)));
      }),
    );
    const { recording } = this.device;
    if (recording) checkReplays(this.type, recording, this.parameters, active);
    return part(this.guard, 0, 1);
  }

  /** Internal: the arena of the parameters. */
  get values(): Tensor {
    return this.placement.parameters.flat;
  }

  /**
   * Internal, for optimizers that wrap this one: measures the gradients of the parameters that the next step updates, and
   * returns these parameters and their spans in the arenas.
   */
  measure(guard: Tensor, clipNorm: number, mostSkipped?: number): Measured {
    this.assertLive();
    const active = this.parameters.filter(isActive);
    if (active.length === 0) throw new Error(this.whyNone());
    const { parameters, gradients } = this.placement;
    const spans = spansOf(parameters, active.map(indexOf));
    for (const { value } of active) adoptGradient(value);
    measureGradients(this.device, gradients.flat, spans, guard, clipNorm, mostSkipped);
    return { active, spans, gradients: gradients.flat };
  }

  /** Returns the number of steps that were skipped because a gradient was not finite. */
  async skippedSteps(): Promise<number> {
    this.assertLive();
    return (await this.guard.data())[3] as number;
  }

  /**
   * Returns the state for a checkpoint, from which the next step is identical bit for bit: `rate`, `guard`, `moment.0`,
   * and for Adam `moment.1` (with `amsgrad` also `moment.2`) and the `steps` and bias `corrections` of each parameter, in the
   * order of the model's memory. SGD with dampening has these counts too.
   */
  async stateDict(): Promise<StateDict> {
    this.assertLive();
    const named = this.namedState();
    const bytes = await this.device.read([...named.map(([, tensor]) => tensor), this.blocks]);
    const state: StateDict = new Map(
      named.map(([name, { shape }], i) => {
        return [name, { shape: [...shape], data: new Float32Array(bytes[i] as ArrayBuffer) }];
      }),
    );
    state.set('rate', { shape: [2], data: toWords(this.rate) });
    if (this.countsSteps) {
      const { steps, corrections } = this.tables.countsIn(new Float32Array(bytes.at(-1) as ArrayBuffer));
      state.set('steps', { shape: [steps.length], data: steps });
      state.set('corrections', { shape: [steps.length, 2], data: corrections });
    }
    return state;
  }

  /**
   * Restores the moments, step counts and rate that `stateDict()` returned.
   * @throws Error when the state belongs to another rule or another model; then nothing is written
   */
  loadStateDict(state: StateDict): void {
    this.assertLive();
    const count = this.parameters.length;
    const wanted: [string, readonly number[]][] = this.namedState().map(([name, { shape }]) => [name, shape]);
    wanted.push(['rate', [2]]);
    if (this.countsSteps) wanted.push(['steps', [count]], ['corrections', [count, 2]]);
    throwProblems(`${this.type}: the state does not fit this optimizer`, stateProblems(wanted, state));
    const data = (name: string) => state.get(name)?.data as Float32Array<ArrayBuffer>;
    const rate = fromWords(data('rate'));
    checkValue(this.type, 'rate of the state', rate, notNegative);
    for (const [name, tensor] of this.namedState()) this.device.upload(tensor, data(name));
    if (this.countsSteps) {
      this.tables.writeBlocks({ steps: data('steps'), corrections: data('corrections') });
    }
    this.rate = rate;
    this.tables.writeRules(rate);
  }

  /**
   * Returns the type and the constants of the update rule, without the learning rate, which a schedule changes. A
   * checkpoint of an optimizer with other settings is rejected. `groups` is present unless the optimizer was created for a whole module.
   */
  settings(): TypedSettings {
    const { type, weightDecay, decayVectors, clipNorm, maximize } = this;
    const constants = { type, version: 1, ...this.constants(), weightDecay, decayVectors, clipNorm };
    // checkpoints from before this option do not have it
    const shared = maximize ? { ...constants, maximize } : constants;
    if (this.isWholeModule) return shared;
    const groups = this.groups.map(({ parameters, rateFactor, weightDecay }) => {
      return { parameters: parameters.map(({ name }) => name), rateFactor, weightDecay };
    });
    return { ...shared, groups };
  }

  /** Returns the constants of the rule, such as betas. */
  protected abstract constants(): Record<string, SettingsValue>;

  /** Frees the memory of the optimizer. */
  dispose(): void {
    this.tables.dispose();
    for (const tensor of [this.guard, ...this.moments]) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private assertLive(): void {
    if (this.guard.isDisposed)
      throw new Error(`${this.type}: this optimizer was disposed. Create a new one.`);
    if (this.values.isDisposed) throw new Error(`${this.type}: its model was disposed. Create both again.`);
  }

  private namedState(): [string, Tensor][] {
    const moments = this.moments.map((moment, i): [string, Tensor] => [`moment.${i}`, moment]);
    return [['guard', this.guard], ...moments];
  }

  /** Records the dispatches of the rule for each span. */
  protected abstract update(spans: readonly SpanMemory[]): void;

  private whyNone(): string {
    return this.parameters.some(({ requiresGrad }) => requiresGrad)
      ? `${this.type}: no parameter has a gradient. Call backward(loss) before step().`
      : `${this.type}: all parameters are frozen. Call unfreeze() on the modules to train.`;
  }

  private memoryOf({ start, size }: Span): SpanMemory {
    const { parameters, gradients } = this.placement;
    return {
      values: part(parameters.flat, start, size),
      gradients: part(gradients.flat, start, size),
      moments: this.moments.map((moment) => part(moment, start, size)),
      firstBlock: start / ARENA_ALIGN,
    };
  }
}

const indexOf = ({ home }: Parameter): number => home?.index as number;
