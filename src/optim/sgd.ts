import * as kernels from '../kernels/index.ts';
import type { Module } from '../layers/module.ts';
import { Optimizer, type OptimizerOptions } from './optimizer.ts';
import { inRange, type SettingsValue } from './settings.ts';

/** What `SGD` takes; the defaults are PyTorch's. */
export interface SGDOptions extends OptimizerOptions {
  momentum?: number;
  nesterov?: boolean;
}

/**
 * Gradient descent with momentum, as torch.optim.SGD (dampening 0): u = momentum u + g; p -= lr u, with
 * `nesterov` p -= lr (g + momentum u). The learning rate is 1e-3 when left out.
 */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;

  /** @throws Error for an option out of range, and for `nesterov` without momentum */
  constructor(module: Module, options: SGDOptions = {}) {
    const { learningRate = 1e-3, momentum = 0, nesterov = false } = options;
    inRange('SGD: momentum', momentum, 0, 1);
    if (nesterov && momentum === 0) {
      throw new Error('SGD: nesterov needs a momentum above 0, such as 0.9');
    }
    super('SGD', module, { ...options, learningRate }, 1);
    this.momentum = momentum;
    this.nesterov = nesterov;
  }

  protected override constants(): Record<string, SettingsValue> {
    return { momentum: this.momentum, nesterov: this.nesterov };
  }

  protected override update(spans: Parameters<Optimizer['update']>[0]): void {
    const { device, guard, state, momentum } = this;
    for (const { values, gradients, moments, decay } of spans) {
      const [velocity] = moments as [(typeof moments)[number]];
      const count = values.size / 4;
      device.dispatch(kernels.sgd, {
        label: 'sgd',
        bind: { gradients, guard, state, values, velocity },
        params: { count, momentum, decay },
        overrides: { NESTEROV: this.nesterov ? 1 : 0 },
        threads: count,
      });
    }
  }
}
