import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import type { Module } from '../layers/module.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { fillWith } from '../tensor/accumulate.ts';
import { zeros } from '../tensor/create.ts';
import { keep, scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import { empty, Tensor } from '../tensor/tensor.ts';
import { inRange, type SettingsValue, type TypedSettings } from './settings.ts';

/** What every optimiser takes. */
export interface OptimizerOptions {
  /** rate of the first step; later ones by `learningRate`, or by fit's schedule */
  learningRate?: number;
  /** L2 penalty added to the gradient; in AdamW the share of itself that a parameter loses, times the rate */
  weightDecay?: number;
  /** whether it also pulls on biases and batch norm's scale and shift, as PyTorch's optimizers do */
  decayVectors?: boolean;
  /** gradients longer than this (Euclidean norm over all of them) are scaled down to it; 0 leaves them */
  clipNorm?: number;
}

/** Partial sums of the gradient norm. Fixed, so that the order of addition never changes. */
const NORM_THREADS = 1024;

/** Parameters whose rule an optimizer dispatches at once: as vec4 from `first`, with or without decay. */
interface Span {
  values: Tensor;
  gradients: Tensor;
  moments: Tensor[];
  decay: 0 | 1;
}

/**
 * What SGD, Adam and AdamW share. The state lives on the GPU, the learning rate too, so that a recorded
 * step can be replayed with another rate. Every step first takes the norm of all gradients; where it is not
 * finite (NaN or infinite) parameters and moments stay as they were.
 */
export abstract class Optimizer {
  /** name of the rule; a literal, which a minified build keeps */
  readonly type: string;
  protected readonly device: Device;
  /** f32 [8] = [learning rate, weight decay, Adam's c1, c2, unused ...] */
  protected readonly state: Tensor;
  /** f32 [4] = [gradient norm, scale of clipping, finite ? 1 : 0, steps skipped] */
  protected readonly guard: Tensor;
  /** running averages, each as long as the parameter arena */
  protected readonly moments: readonly Tensor[];
  private readonly module: Module;
  private readonly clipNorm: number;
  private readonly decayVectors: boolean;
  private rate: number;
  readonly weightDecay: number;

  /** @throws Error when the module is on no device or an option is out of range */
  constructor(
    type: string,
    module: Module,
    options: OptimizerOptions & { learningRate: number },
    moments: number,
  ) {
    const { learningRate, weightDecay = 0, decayVectors = true, clipNorm = 0 } = options;
    inRange(`${type}: learningRate`, learningRate, 0);
    inRange(`${type}: weightDecay`, weightDecay, 0);
    inRange(`${type}: clipNorm`, clipNorm, 0);
    this.type = type;
    const { device, parameters } = module.arenas;
    this.module = module;
    this.device = device;
    this.clipNorm = clipNorm;
    this.decayVectors = decayVectors;
    this.rate = learningRate;
    this.weightDecay = weightDecay;
    const make = (size: number) => device.withOwner('optimizer', () => keep(zeros(device, [size])));
    this.state = make(8);
    this.guard = make(4);
    this.moments = Array.from({ length: moments }, () => make(parameters.flat.size));
    this.state.write([learningRate, weightDecay, 0, 0, 0, 0, 0, 0]);
  }

  /**
   * The rate of the next step.
   * @throws Error when it is set to a number that is negative or not finite
   */
  get learningRate(): number {
    return this.rate;
  }

  /** Takes effect from the next step, in a recorded one too. */
  set learningRate(value: number) {
    inRange(`${this.type}: learningRate`, value, 0);
    if (value === this.rate) return;
    this.rate = value;
    const first = { storage: this.state.storage, byteOffset: this.state.byteOffset, byteLength: 4 };
    this.device.upload(first, Float32Array.of(value));
  }

  /**
   * Moves the parameters by their gradients. A parameter that the loss did not reach counts as having a
   * gradient of zero.
   * @returns the norm of all gradients before clipping, f32 [1]; overwritten by the next step
   * @throws Error before any backward pass
   */
  step(): Tensor {
    noGrad(() =>
      scope(() => {
        this.fillMissing();
        this.measure();
        this.update(this.spans());
      }),
    );
    return new Tensor(this.device, [1], 'f32', this.guard.storage.retain(), this.guard.byteOffset);
  }

  /** Steps that were not taken because a gradient was not finite. */
  async skippedSteps(): Promise<number> {
    return (await this.guard.data())[3] as number;
  }

  /** What a checkpoint must hold so that the next step is the same to the last bit. */
  async stateDict(): Promise<StateDict> {
    const named = this.namedState();
    const bytes = await this.device.read(named.map(([, tensor]) => tensor));
    return new Map(
      named.map(([name, { shape }], i) => {
        return [name, { shape: [...shape], data: new Float32Array(bytes[i] as ArrayBuffer) }];
      }),
    );
  }

  /**
   * Goes on from the moments, step number and rate that `stateDict()` gave.
   * @throws Error when it is the state of another rule or of another model; nothing is written then
   */
  loadStateDict(state: StateDict): void {
    const named = this.namedState();
    const inWords = (list: [string, number][]) =>
      list
        .map(([name, size]) => `${name} [${size}]`)
        .sort()
        .join(', ');
    const wanted = inWords(named.map(([name, { size }]) => [name, size]));
    const got = inWords([...state].map(([name, { data }]) => [name, data.length]));
    if (wanted !== got) {
      throw new Error(`${this.type}: the state holds ${got}; expected ${wanted}`);
    }
    for (const [name, tensor] of named) {
      this.device.upload(tensor, (state.get(name) as { data: Float32Array<ArrayBuffer> }).data);
    }
    this.rate = state.get('state')?.data[0] as number;
  }

  /**
   * Type and constants of the rule, without the learning rate, which a schedule moves. A checkpoint of an optimizer with
   * other settings is refused.
   */
  settings(): TypedSettings {
    const { type, weightDecay, decayVectors, clipNorm } = this;
    return { type, version: 1, ...this.constants(), weightDecay, decayVectors, clipNorm };
  }

  /** The rule's own constants, such as betas. */
  protected abstract constants(): Record<string, SettingsValue>;

  /** Frees the optimizer's memory. */
  dispose(): void {
    for (const tensor of [this.state, this.guard, ...this.moments]) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private namedState(): [string, Tensor][] {
    const moments = this.moments.map((moment, i): [string, Tensor] => [`moment.${i}`, moment]);
    return [['state', this.state], ['guard', this.guard], ...moments];
  }

  /** Records the rule's dispatches: one a span. */
  protected abstract update(spans: readonly Span[]): void;

  /** The gradients' memory is used again each step, so what was not written this time is cleared. */
  private fillMissing(): void {
    const parameters = this.module.parameters();
    const missing = parameters.filter(({ value }) => !value.grad);
    if (missing.length === parameters.length) {
      throw new Error(`${this.type}: no parameter has a gradient; call backward(loss) before step()`);
    }
    for (const { value } of missing) if (value.gradHome) fillWith(value.gradHome, 0);
  }

  private measure(): void {
    const { device, guard, clipNorm } = this;
    const { flat } = this.module.arenas.gradients;
    const partial = empty(device, [NORM_THREADS], 'f32', 'gradient norm');
    device.dispatch(kernels.sumSquaresPartial, {
      label: 'gradient norm',
      bind: { x: flat, partial },
      params: { count: flat.size / 4, threads: NORM_THREADS },
      threads: NORM_THREADS,
    });
    device.dispatch(kernels.gradientGuard, {
      label: 'gradient norm',
      bind: { partial, guard },
      params: { threads: NORM_THREADS, maxNorm: clipNorm },
      workgroups: [1, 1, 1],
    });
  }

  /** The whole arena, or its two parts where biases and scales do not decay. */
  private spans(): Span[] {
    const { parameters, gradients, vectorStart } = this.module.arenas;
    const end = parameters.flat.size;
    const cuts = this.decayVectors || vectorStart === end ? [0, end] : [0, vectorStart, end];
    return cuts.slice(1).flatMap((stop, i): Span[] => {
      const start = cuts[i] as number;
      const part = (whole: Tensor) =>
        new Tensor(this.device, [stop - start], 'f32', whole.storage.retain(), 4 * start);
      if (stop === start) return [];
      return [
        {
          values: part(parameters.flat),
          gradients: part(gradients.flat),
          moments: this.moments.map(part),
          decay: this.decayVectors || start < vectorStart ? 1 : 0,
        },
      ];
    });
  }
}
