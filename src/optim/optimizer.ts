import { boolean, checkValue, finite, type OptionRules } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import { ARENA_ALIGN, type Span, spansOf } from '../layers/arena.ts';
import type { Placement } from '../layers/module.ts';
import type { Parameter } from '../layers/parameter.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { copyInto } from '../tensor/accumulate.ts';
import { zeros } from '../tensor/create.ts';
import { keep, scope } from '../tensor/scope.ts';
import { sameShape, show } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import { empty, Tensor } from '../tensor/tensor.ts';
import { fromWords, toWords } from './double-words.ts';
import { type Group, type ParameterSource, parameterGroups } from './parameter-groups.ts';
import type { SettingsValue, TypedSettings } from './settings.ts';

/** Options of every optimizer. */
export interface OptimizerOptions {
  /** learning rate (default 1e-3); can be changed later by `learningRate` or by the schedule of `fit` */
  learningRate?: number;
  /** L2 penalty added to the gradient (default 0); for AdamW, decoupled weight decay (default 0.01) */
  weightDecay?: number;
  /** whether weight decay also applies to biases and batch norm's scale and shift, as in PyTorch (default true) */
  decayVectors?: boolean;
  /** maximum Euclidean norm of all gradients; larger gradients are scaled down to it (default 0: no clipping) */
  clipNorm?: number;
}

const notNegative = (value: unknown) => finite(value, 0);

/** Checks of the options that every optimizer has. */
export const OPTIMIZER_RULES: OptionRules<OptimizerOptions> = {
  learningRate: notNegative,
  weightDecay: notNegative,
  decayVectors: boolean,
  clipNorm: notNegative,
};

/** Number of partial sums of the gradient norm per span. Constant, so that the order of addition never changes. */
const NORM_THREADS = 1024;

/** Fields of `blocks` per block of parameters: Adam's c1 and c2, steps taken, index of the rule. */
const BLOCK_FIELDS = 4;

/** The memory of a span, and the index of its first block. */
export interface SpanMemory {
  values: Tensor;
  gradients: Tensor;
  moments: Tensor[];
  firstBlock: number;
}

/**
 * Base class of SGD, Adam and AdamW. As in PyTorch, a step updates the parameters that require a gradient and have one:
 * a frozen parameter, or one that no loss has reached since `zeroGrad()`, keeps its value and moments bit for bit, and its
 * steps are not counted. Every step first computes the norm of these gradients; if it is not finite (NaN or infinite),
 * nothing is updated. State and learning rate are on the GPU, so that a captured step can be replayed with another rate.
 */
export abstract class Optimizer {
  /** name of the rule; a literal, so that minified builds keep it */
  readonly type: string;
  /** default weight decay of the groups */
  readonly weightDecay: number;
  protected readonly device: Device;
  /** f32 [2 * groups, 2] = [learning rate, weight decay] for the matrices, then for the vectors of each group */
  protected readonly rules: Tensor;
  /** f32 [blocks, 4] = [c1, c2, steps, rule] per block of 64 parameters */
  protected readonly blocks: Tensor;
  /** f32 [4] = [gradient norm, scale of clipping, finite ? 1 : 0, steps skipped] */
  protected readonly guard: Tensor;
  /** running averages, each as long as the parameter arena */
  protected readonly moments: readonly Tensor[];
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
    const { learningRate, weightDecay = 0, decayVectors = true, clipNorm = 0 } = options;
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
    const make = (size: number) => device.withOwner('optimizer', () => keep(zeros(device, [size])));
    this.rules = make(4 * groups.length);
    this.blocks = make((BLOCK_FIELDS * parameters.flat.size) / ARENA_ALIGN);
    this.guard = make(4);
    this.moments = Array.from({ length: state.moments }, () => make(parameters.flat.size));
    this.writeRules();
    this.writeBlocks(
      this.parameters.map(() => [0, 0]),
      this.parameters.map(() => 0),
    );
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
    this.rate = value;
    this.writeRules();
  }

  /**
   * Updates the parameters that require a gradient and have one. A step recorded by `capture()` updates the same set, and
   * its replay throws when another set of parameters would have to be updated.
   * @returns the norm of these gradients before clipping, f32 [1]; overwritten by the next step
   * @throws Error when no parameter has a gradient
   */
  step(): Tensor {
    const active = this.parameters.filter(isActive);
    if (active.length === 0) throw new Error(this.whyNone());
    const spans = spansOf(this.placement.parameters, active.map(indexOf));
    noGrad(() =>
      scope(() => {
        for (const { value } of active) takeHome(value);
        this.measure(spans);
        this.update(spans.map((span) => this.memoryOf(span)));
      }),
    );
    this.watchReplays(active);
    return new Tensor(this.device, [1], 'f32', this.guard.storage.retain(), this.guard.byteOffset);
  }

  /** Returns the number of steps that were skipped because a gradient was not finite. */
  async skippedSteps(): Promise<number> {
    return (await this.guard.data())[3] as number;
  }

  /**
   * Returns the state for a checkpoint, from which the next step is identical bit for bit: `rate`, `guard`, `moment.0`,
   * and for Adam `moment.1` and the `steps` and bias `corrections` of each parameter, in the order of the model's memory.
   */
  async stateDict(): Promise<StateDict> {
    const named = this.namedState();
    const bytes = await this.device.read([...named.map(([, tensor]) => tensor), this.blocks]);
    const state: StateDict = new Map(
      named.map(([name, { shape }], i) => {
        return [name, { shape: [...shape], data: new Float32Array(bytes[i] as ArrayBuffer) }];
      }),
    );
    state.set('rate', { shape: [2], data: toWords(this.rate) });
    if (this.countsSteps) {
      const blocks = new Float32Array(bytes.at(-1) as ArrayBuffer);
      const first = this.parameters.map((parameter) => BLOCK_FIELDS * this.blockOf(parameter));
      const count = first.length;
      state.set('steps', { shape: [count], data: Float32Array.from(first, (i) => blocks[i + 2] as number) });
      const corrections = first.flatMap((i) => [...blocks.subarray(i, i + 2)]);
      state.set('corrections', { shape: [count, 2], data: Float32Array.from(corrections) });
    }
    return state;
  }

  /**
   * Restores the moments, step counts and rate that `stateDict()` returned.
   * @throws Error when the state belongs to another rule or another model; then nothing is written
   */
  loadStateDict(state: StateDict): void {
    const count = this.parameters.length;
    const sizes: [string, number][] = this.namedState().map(([name, { size }]) => [name, size]);
    sizes.push(['rate', 2]);
    if (this.countsSteps) sizes.push(['steps', count], ['corrections', 2 * count]);
    const inWords = (list: [string, number][]) =>
      list
        .map(([name, size]) => `${name} [${size}]`)
        .sort()
        .join(', ');
    const wanted = inWords(sizes);
    const got = inWords([...state].map(([name, { data }]) => [name, data.length]));
    if (wanted !== got)
      throw new Error(
        `${this.type}: the state has the wrong entries (got ${got}, expected ${wanted}). Load the state of this optimizer.`,
      );
    const data = (name: string) => state.get(name)?.data as Float32Array<ArrayBuffer>;
    const rate = fromWords(data('rate'));
    checkValue(this.type, 'rate of the state', rate, notNegative);
    for (const [name, tensor] of this.namedState()) this.device.upload(tensor, data(name));
    if (this.countsSteps) {
      const corrections = data('corrections');
      this.writeBlocks(
        this.parameters.map((_, i) => [corrections[2 * i] as number, corrections[2 * i + 1] as number]),
        [...data('steps')],
      );
    }
    this.rate = rate;
    this.writeRules();
  }

  /**
   * Returns type and constants of the rule, without the learning rate, which a schedule changes. A checkpoint of an
   * optimizer with other settings is refused. `groups` is present unless the optimizer was made for a whole module.
   */
  settings(): TypedSettings {
    const { type, weightDecay, decayVectors, clipNorm } = this;
    const shared = { type, version: 1, ...this.constants(), weightDecay, decayVectors, clipNorm };
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
    for (const tensor of [this.rules, this.blocks, this.guard, ...this.moments]) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
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

  private measure(spans: readonly Span[]): void {
    const { device, guard, clipNorm, placement } = this;
    const { flat } = placement.gradients;
    const threads = NORM_THREADS * spans.length;
    const partials = empty(device, [threads], 'f32', 'gradient norm');
    for (const [i, span] of spans.entries()) {
      device.dispatch(kernels.sumSquaresPartial, {
        label: 'gradient norm',
        bind: {
          x: part(flat, span.start, span.size),
          partial: part(partials, NORM_THREADS * i, NORM_THREADS),
        },
        params: { count: span.size / 4, threads: NORM_THREADS },
        threads: NORM_THREADS,
      });
    }
    device.dispatch(kernels.gradientGuard, {
      label: 'gradient norm',
      bind: { partial: partials, guard },
      params: { threads, maxNorm: clipNorm },
      workgroups: [1, 1, 1],
    });
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

  /** Inside capture(): makes replays throw when they would have to update other parameters than this step. */
  private watchReplays(active: readonly Parameter[]): void {
    const { recording } = this.device;
    if (!recording) return;
    const moved = new Set(active);
    const trained = new Set(this.parameters.filter(({ requiresGrad }) => requiresGrad));
    // a recording that also computes the gradients computes the same ones at every replay
    const isStepAlone = active.every(({ value }) => !recording.wrote(value.gradBuffer as Tensor));
    recording.checks.push(() => {
      const changed = this.parameters.find((parameter) => {
        if (parameter.requiresGrad !== trained.has(parameter)) return true;
        return isStepAlone && isActive(parameter) !== moved.has(parameter);
      });
      if (!changed) return null;
      const what = moved.has(changed)
        ? `moves ${changed.name}, which ${changed.requiresGrad ? 'has no gradient' : 'is frozen'} now`
        : `does not move ${changed.name}, which ${isActive(changed) ? 'has a gradient' : 'is trained'} now`;
      return `${this.type}: the recorded step ${what}. Call capture() again after freezing or unfreezing.`;
    });
  }

  private blockOf({ home }: Parameter): number {
    return (this.placement.parameters.ranges[home?.index as number]?.start as number) / ARENA_ALIGN;
  }

  private writeRules(): void {
    const values = this.groups.flatMap(({ rateFactor, weightDecay }) => {
      const rate = this.rate * rateFactor;
      return [rate, weightDecay, rate, this.decayVectors ? weightDecay : 0];
    });
    this.device.upload(this.rules, Float32Array.from(values));
  }

  /** Writes corrections, step counts and rules of all blocks. The lists are in the order of `parameters`. */
  private writeBlocks(corrections: readonly [number, number][], steps: readonly number[]): void {
    const values = new Float32Array(this.blocks.size);
    const places = new Map(this.parameters.map((parameter, i) => [parameter, i]));
    for (const [g, { parameters }] of this.groups.entries()) {
      for (const parameter of parameters) {
        const place = places.get(parameter) as number;
        const rule = 2 * g + (parameter.shape.length > 1 ? 0 : 1);
        const fields = [...(corrections[place] as [number, number]), steps[place] as number, rule];
        const first = this.blockOf(parameter);
        const size = this.placement.parameters.ranges[indexOf(parameter)]?.length as number;
        for (let block = 0; block < Math.ceil(size / ARENA_ALIGN); block++) {
          values.set(fields, BLOCK_FIELDS * (first + block));
        }
      }
    }
    this.device.upload(this.blocks, values);
  }
}

const indexOf = ({ home }: Parameter): number => home?.index as number;

/** Whether a step updates the parameter. */
const isActive = ({ value, requiresGrad }: Parameter): boolean => requiresGrad && value.grad !== null;

function part(whole: Tensor, start: number, size: number): Tensor {
  return new Tensor(whole.device, [size], 'f32', whole.storage.retain(), whole.byteOffset + 4 * start);
}

/** Copies a gradient that was assigned manually, `value.grad = tensor`, to the memory from which the step reads it. */
function takeHome(value: Tensor): void {
  const { grad, gradBuffer } = value;
  if (!grad || !gradBuffer) return;
  if (grad.storage === gradBuffer.storage && grad.byteOffset === gradBuffer.byteOffset) return;
  if (!sameShape(grad.shape, value.shape) || grad.dtype !== 'f32') {
    throw new Error(
      `step: a gradient is ${grad.dtype} ${show(grad.shape)}, expected f32 ${show(value.shape)}, the shape of its parameter`,
    );
  }
  copyInto(gradBuffer, grad);
}
