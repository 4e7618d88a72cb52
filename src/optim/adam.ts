import * as kernels from '../kernels/index.ts';
import type { Module } from '../layers/module.ts';
import { Optimizer, type OptimizerOptions } from './optimizer.ts';
import { aboveZero, inRange, type SettingsValue } from './settings.ts';

/** What `Adam` and `AdamW` take; the defaults are PyTorch's. */
export interface AdamOptions extends OptimizerOptions {
  /** decay rates of the two running averages; [0.9, 0.999] when left out */
  betas?: readonly [number, number];
  /** added to the root of the second average; 1e-8 when left out */
  eps?: number;
}

abstract class AdamBase extends Optimizer {
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** whether weight decay shrinks the parameters instead of joining the gradient */
  protected abstract readonly decoupled: boolean;

  constructor(type: string, module: Module, options: AdamOptions) {
    const { learningRate = 1e-3, betas = [0.9, 0.999], eps = 1e-8 } = options;
    if (!Array.isArray(betas) || betas.length !== 2) {
      throw new Error(`${type}: betas are two numbers (got ${String(betas)}, expected such as [0.9, 0.999])`);
    }
    for (const [i, beta] of betas.entries()) inRange(`${type}: betas[${i}]`, beta, 0, 1);
    aboveZero(`${type}: eps`, eps);
    super(type, module, { ...options, learningRate }, 2);
    this.betas = [...betas] as [number, number];
    this.eps = eps;
  }

  protected override constants(): Record<string, SettingsValue> {
    return { betas: this.betas, eps: this.eps };
  }

  protected override update(spans: Parameters<Optimizer['update']>[0]): void {
    const { device, guard, state, eps } = this;
    const [beta1, beta2] = this.betas;
    device.dispatch(kernels.adamAdvance, {
      label: 'adam',
      bind: { guard, state },
      params: { beta1, beta2 },
      workgroups: [1, 1, 1],
    });
    for (const { values, gradients, moments, decay } of spans) {
      const [m, v] = moments as [(typeof moments)[number], (typeof moments)[number]];
      const count = values.size / 4;
      device.dispatch(kernels.adam, {
        label: 'adam',
        bind: { gradients, guard, state, values, m, v },
        params: { count, beta1, beta2, eps, decay },
        overrides: { DECOUPLED: this.decoupled ? 1 : 0 },
        threads: count,
      });
    }
  }
}

/** Adam (Kingma & Ba, ICLR 2015) as torch.optim.Adam: weight decay, 0 when left out, joins the gradient. */
export class Adam extends AdamBase {
  protected readonly decoupled = false;

  /** @throws Error for an option out of range */
  constructor(module: Module, options: AdamOptions = {}) {
    super('Adam', module, options);
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019) as torch.optim.AdamW: weight decay,
 * 0.01 when left out, shrinks the parameters by rate * decay before each step.
 */
export class AdamW extends AdamBase {
  protected readonly decoupled = true;

  /** @throws Error for an option out of range */
  constructor(module: Module, options: AdamOptions = {}) {
    super('AdamW', module, { ...options, weightDecay: options.weightDecay ?? 0.01 });
  }
}
