import { boolean, checkOptions, finite, fraction, type OptionRules, positive } from '../gpu/check-options.ts';
import * as kernels from '../kernels/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { OPTIMIZER_RULES, Optimizer, type OptimizerOptions, type SpanMemory } from './optimizer.ts';
import { optimizerMemory } from './optimizer-memory.ts';
import type { ParameterSource } from './parameter-groups.ts';
import type { SettingsValue } from './settings.ts';

/** Options of `RMSprop`. The defaults are PyTorch's, with a learning rate of 1e-2. */
export interface RMSpropOptions extends OptimizerOptions {
  /** decay rate of the running average of squared gradients, in [0, 1) (default 0.99) */
  alpha?: number;
  /** added to the square root of the average, above 0 (default 1e-8) */
  eps?: number;
  /** fraction of the last update that is added to the next one, at least 0 (default 0) */
  momentum?: number;
  /** whether to divide by the standard deviation instead of the root mean square of the gradients (default false) */
  centered?: boolean;
}

const RULES: OptionRules<RMSpropOptions> = /* @__PURE__ */ (() => ({
  ...OPTIMIZER_RULES,
  alpha: fraction,
  eps: positive,
  momentum: (value) => finite(value, 0),
  centered: boolean,
}))();

/** RMSprop (Tieleman & Hinton, 2012), like torch.optim.RMSprop. Weight decay (default 0) is added to the gradient. */
export class RMSprop extends Optimizer {
  readonly alpha: number;
  readonly eps: number;
  readonly momentum: number;
  readonly centered: boolean;
  /** bound in place of the running averages that these options do not need */
  private readonly spare: readonly Tensor[];

  /**
   * @param source a module, `model.parameters()`, or a list of groups `{ params, learningRate, weightDecay }`
   * @throws RangeError when an option is out of range
   * @throws Error for an unknown option, or parameters that are not on a device
   */
  constructor(source: ParameterSource, options: RMSpropOptions = {}) {
    checkOptions('RMSprop', options, RULES);
    const { learningRate = 1e-2, alpha = 0.99, eps = 1e-8, momentum = 0, centered = false } = options;
    const moments = 1 + (centered ? 1 : 0) + (momentum > 0 ? 1 : 0);
    super('RMSprop', source, { ...options, learningRate }, { moments, countsSteps: false });
    this.alpha = alpha;
    this.eps = eps;
    this.momentum = momentum;
    this.centered = centered;
    const { device } = this;
    this.spare = Array.from({ length: 3 - moments }, () => optimizerMemory(device, 4));
  }

  protected override constants(): Record<string, SettingsValue> {
    const { alpha, eps, momentum, centered } = this;
    return { alpha, eps, momentum, centered };
  }

  protected override update(spans: readonly SpanMemory[]): void {
    const { device, guard, rules, blocks, alpha, eps, momentum, centered } = this;
    for (const { values, gradients, moments, firstBlock } of spans) {
      const [square, ...rest] = moments as [Tensor, ...Tensor[]];
      const spare = [...this.spare];
      const average = (centered ? rest.shift() : spare.shift()) as Tensor;
      const buffer = (momentum > 0 ? rest.shift() : spare.shift()) as Tensor;
      const count = values.size / 4;
      device.dispatch(kernels.rmsprop, {
        label: 'rmsprop',
        bind: { gradients, guard, rules, blocks, values, square, average, buffer },
        params: { count, firstBlock, alpha, eps, momentum },
        overrides: {
          CENTERED: centered ? 1 : 0,
          MOMENTUM: momentum > 0 ? 1 : 0,
          MAXIMIZE: this.maximize ? 1 : 0,
        },
        threads: count,
      });
    }
  }

  override dispose(): void {
    super.dispose();
    for (const tensor of this.spare) tensor.dispose();
  }
}
