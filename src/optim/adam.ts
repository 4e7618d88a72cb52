import { boolean, checkOptions, finite, fraction, type OptionRules } from '../gpu/check-options.ts';
import * as kernels from '../kernels/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { OPTIMIZER_RULES, Optimizer, type OptimizerOptions, type SpanMemory } from './optimizer.ts';
import type { ParameterSource } from './parameter-groups.ts';
import type { SettingsValue } from './settings.ts';

/** Options of `Adam` and `AdamW`. The defaults are PyTorch's. */
export interface AdamOptions extends OptimizerOptions {
  /** decay rates of the two running averages, each in [0, 1) (default [0.9, 0.999]) */
  betas?: readonly [number, number];
  /**
   * added to the square root of the second average, at least 0 (default 1e-8). With 0, a parameter whose gradients were all
   * exactly 0 keeps its value; PyTorch computes 0 / 0 = NaN there.
   */
  eps?: number;
  /** whether to divide by the maximum of the second average over all steps (default false; Reddi et al., ICLR 2018) */
  amsgrad?: boolean;
}

const RULES: OptionRules<AdamOptions> = /* @__PURE__ */ (() => ({
  ...OPTIMIZER_RULES,
  betas: (value) =>
    Array.isArray(value) && value.length === 2 && !value.some(fraction)
      ? undefined
      : 'two numbers from 0 (inclusive) to 1 (exclusive)',
  eps: (value) => finite(value, 0),
  amsgrad: boolean,
}))();

abstract class AdamBase extends Optimizer {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly amsgrad: boolean;
  /** whether weight decay shrinks the parameters directly instead of being added to the gradient */
  protected abstract readonly decoupled: boolean;

  constructor(type: string, source: ParameterSource, options: AdamOptions, weightDecay: number) {
    checkOptions(type, options, RULES);
    const { learningRate = 1e-3, betas = [0.9, 0.999], eps = 1e-8, amsgrad = false } = options;
    const state = { moments: amsgrad ? 3 : 2, countsSteps: true };
    super(type, source, { ...options, learningRate, weightDecay: options.weightDecay ?? weightDecay }, state);
    this.betas = [...betas];
    this.eps = eps;
    this.amsgrad = amsgrad;
  }

  protected override constants(): Record<string, SettingsValue> {
    const { betas, eps, amsgrad } = this;
    // checkpoints from before this option do not have it
    return amsgrad ? { betas, eps, amsgrad } : { betas, eps };
  }

  protected override update(spans: readonly SpanMemory[]): void {
    const { device, guard, rules, blocks, eps } = this;
    const [beta1, beta2] = this.betas;
    for (const { values, gradients, moments, firstBlock } of spans) {
      const [m, v, greatest] = moments as [Tensor, Tensor, Tensor?];
      const count = values.size / 4;
      // two share loads, but neighboring threads of a GPU should access neighboring addresses
      const RUN = device.tuning.hasCostlyDispatches ? 2 : 1;
      device.dispatch(kernels.adamAdvance, {
        label: 'adam',
        bind: { guard, blocks },
        params: { count: count / 16, firstBlock, beta1, beta2 },
        threads: count / 16,
      });
      device.dispatch(kernels.adam, {
        label: 'adam',
        bind: { gradients, guard, rules, blocks, values, m, v, ...(greatest && { greatest }) },
        params: { count, firstBlock, beta1, beta2, eps },
        overrides: { DECOUPLED: this.decoupled ? 1 : 0, MAXIMIZE: this.maximize ? 1 : 0 },
        defines: { AMSGRAD: greatest ? 1 : 0, RUN },
        threads: count / RUN,
      });
    }
  }
}

/** Adam (Kingma & Ba, ICLR 2015), like torch.optim.Adam. Weight decay (default 0) is added to the gradient. */
export class Adam extends AdamBase {
  protected readonly decoupled = false;

  /**
   * @param source a module, `model.parameters()`, or a list of groups `{ params, learningRate, weightDecay }`
   * @throws RangeError when an option is out of range
   * @throws Error for an unknown option, or parameters that are not on a device
   */
  constructor(source: ParameterSource, options: AdamOptions = {}) {
    super('Adam', source, options, 0);
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019), like torch.optim.AdamW. Weight decay (default
 * 0.01) multiplies the parameters by 1 - rate * decay before each step.
 */
export class AdamW extends AdamBase {
  protected readonly decoupled = true;

  /**
   * @param source a module, `model.parameters()`, or a list of groups `{ params, learningRate, weightDecay }`
   * @throws RangeError when an option is out of range
   * @throws Error for an unknown option, or parameters that are not on a device
   */
  constructor(source: ParameterSource, options: AdamOptions = {}) {
    super('AdamW', source, options, 0.01);
  }
}
