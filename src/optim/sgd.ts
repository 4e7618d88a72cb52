import { boolean, checkOptions, finite, notNegative, type OptionRules } from '../gpu/check-options.ts';
import * as kernels from '../kernels/index.ts';
import { OPTIMIZER_RULES, Optimizer, type OptimizerOptions, type SpanMemory } from './optimizer.ts';
import type { ParameterSource } from './parameter-groups.ts';
import type { SettingsValue } from './settings.ts';

/** Options of `SGD`. The defaults are PyTorch's. */
export interface SGDOptions extends OptimizerOptions {
  /** fraction of the last update that is added to the next one, at least 0 (default 0) */
  momentum?: number;
  /** whether to use Nesterov momentum, which needs a momentum above 0 (default false) */
  nesterov?: boolean;
  /**
   * with momentum, the gradient is multiplied by 1 - dampening, except in the first step of each parameter (default 0)
   */
  dampening?: number;
}

const RULES: OptionRules<SGDOptions> = /* @__PURE__ */ (() => ({
  ...OPTIMIZER_RULES,
  momentum: notNegative,
  nesterov: boolean,
  dampening: finite,
}))();

/**
 * Gradient descent with momentum, like torch.optim.SGD: u = momentum u + (1 - dampening) g; p -= lr u, or with
 * `nesterov` p -= lr (g + momentum u). The first step of a parameter has u = g.
 */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly dampening: number;

  /**
   * @param source a module, `model.parameters()`, or a list of groups `{ params, learningRate, weightDecay }`
   * @throws RangeError when an option is out of range
   * @throws Error for an unknown option, parameters that are not on a device, or `nesterov` without momentum or with dampening
   */
  constructor(source: ParameterSource, options: SGDOptions = {}) {
    checkOptions('SGD', options, RULES);
    const { learningRate = 1e-3, momentum = 0, nesterov = false, dampening = 0 } = options;
    if (nesterov && momentum === 0) {
      throw new Error('SGD: nesterov needs a momentum above 0 (got 0). Set a momentum, such as 0.9.');
    }
    if (nesterov && dampening !== 0) {
      throw new Error(
        `SGD: nesterov needs a dampening of 0 (got ${dampening}). Omit dampening, or set nesterov to false.`,
      );
    }
    const countsSteps = momentum > 0 && dampening !== 0;
    super('SGD', source, { ...options, learningRate }, { moments: 1, countsSteps });
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.dampening = dampening;
  }

  protected override constants(): Record<string, SettingsValue> {
    const { momentum, nesterov, dampening } = this;
    // checkpoints from before this option have no dampening
    return dampening === 0 ? { momentum, nesterov } : { momentum, nesterov, dampening };
  }

  protected override update(spans: readonly SpanMemory[]): void {
    const { device, guard, rules, blocks, momentum, dampening } = this;
    const isDampened = momentum > 0 && dampening !== 0;
    for (const { values, gradients, moments, firstBlock } of spans) {
      const [velocity] = moments as [(typeof moments)[number]];
      const count = values.size / 4;
      if (isDampened) {
        device.dispatch(kernels.adamAdvance, {
          label: 'sgd',
          bind: { guard, blocks },
          params: { count: count / 16, firstBlock, beta1: 0, beta2: 0 },
          threads: count / 16,
        });
      }
      device.dispatch(kernels.sgd, {
        label: 'sgd',
        bind: { gradients, guard, rules, blocks, values, velocity },
        params: { count, firstBlock, momentum, dampening },
        overrides: {
          NESTEROV: this.nesterov ? 1 : 0,
          DAMPENED: isDampened ? 1 : 0,
          MAXIMIZE: this.maximize ? 1 : 0,
        },
        threads: count,
      });
    }
  }
}
