import { boolean, checkOptions, fraction, type OptionRules } from '../gpu/check-options.ts';
import * as kernels from '../kernels/index.ts';
import { OPTIMIZER_RULES, Optimizer, type OptimizerOptions, type SpanMemory } from './optimizer.ts';
import type { ParameterSource } from './parameter-groups.ts';
import type { SettingsValue } from './settings.ts';

/** Options of `SGD`. The defaults are PyTorch's. */
export interface SGDOptions extends OptimizerOptions {
  /** fraction of the last update that is added to the next one, in [0, 1) (default 0) */
  momentum?: number;
  /** whether to use Nesterov momentum, which needs a momentum above 0 (default false) */
  nesterov?: boolean;
}

const RULES: OptionRules<SGDOptions> = /* @__PURE__ */ (() => ({
  ...OPTIMIZER_RULES,
  momentum: fraction,
  nesterov: boolean,
}))();

/**
 * Gradient descent with momentum, like torch.optim.SGD (dampening 0): u = momentum u + g; p -= lr u, or with `nesterov`
 * p -= lr (g + momentum u).
 */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;

  /**
   * @param source a module, `model.parameters()`, or a list of groups `{ params, learningRate, weightDecay }`
   * @throws RangeError when an option is out of range
   * @throws Error for an unknown option, parameters that are not on a device, or `nesterov` without momentum
   */
  constructor(source: ParameterSource, options: SGDOptions = {}) {
    checkOptions('SGD', options, RULES);
    const { learningRate = 1e-3, momentum = 0, nesterov = false } = options;
    if (nesterov && momentum === 0) {
      throw new Error('SGD: nesterov needs a momentum above 0 (got 0). Set a momentum, such as 0.9.');
    }
    super('SGD', source, { ...options, learningRate }, { moments: 1, countsSteps: false });
    this.momentum = momentum;
    this.nesterov = nesterov;
  }

  protected override constants(): Record<string, SettingsValue> {
    return { momentum: this.momentum, nesterov: this.nesterov };
  }

  protected override update(spans: readonly SpanMemory[]): void {
    const { device, guard, rules, blocks, momentum } = this;
    for (const { values, gradients, moments, firstBlock } of spans) {
      const [velocity] = moments as [(typeof moments)[number]];
      const count = values.size / 4;
      device.dispatch(kernels.sgd, {
        label: 'sgd',
        bind: { gradients, guard, rules, blocks, values, velocity },
        params: { count, firstBlock, momentum },
        overrides: { NESTEROV: this.nesterov ? 1 : 0 },
        threads: count,
      });
    }
  }
}
