import {
  boolean,
  checkOptions,
  finite,
  type OptionRules,
  oneOf,
  tensorRule,
} from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType } from '../expect.ts';
import { scope } from '../scope.ts';
import { sameShape, show } from '../shape.ts';
import { differentiable, noGrad } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { mul } from './binary.ts';
import { spread, sum } from './broadcast.ts';
import type { Reduction } from './cross-entropy.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { mean } from './reduce.ts';

/** In the order of the kernels' KIND override. */
const KINDS = ['squared', 'absolute', 'smooth', 'logits', 'divergence', 'logTarget'] as const;

interface PairOptions {
  beta?: number;
  /** weight of positive targets, for 'logits' */
  positives?: Tensor | undefined;
}

/** Returns the loss of each pair, in the shape of the input. */
function pairLoss(
  caller: string,
  kind: (typeof KINDS)[number],
  input: Tensor,
  target: Tensor,
  { beta = 1, positives }: PairOptions = {},
): Tensor {
  const { device, shape } = input;
  const p = positives ? noGrad(() => spread(positives, shape)) : { tensor: input, step: 0 };
  const spec = {
    params: { count: input.size, pStep: p.step, beta },
    overrides: { KIND: KINDS.indexOf(kind), WEIGHTED: positives ? 1 : 0 },
    threads: input.size,
  };
  const y = empty(device, shape, 'f32', caller);
  const bind = { x: input, t: target, p: p.tensor, y };
  device.dispatch(kernels.pairLoss, { ...spec, label: caller, bind });
  return differentiable(caller, y, [input, target], (save) => {
    const saved = { x: save(input), t: save(target), p: save(p.tensor) };
    return (dy, slots) =>
      [0, 1].map((BY_TARGET) =>
        slots.fill(BY_TARGET, (dx) => {
          device.dispatch(kernels.pairLossGrad, {
            ...spec,
            label: `${caller} gradient`,
            bind: { ...saved, dy, dx },
            overrides: { ...spec.overrides, BY_TARGET },
          });
        }),
      );
  });
}

/** Options of `mseLoss` and `l1Loss`. */
export interface PairLossOptions {
  /** 'mean' over all elements, 'sum', or 'none' for one loss per element (default 'mean') */
  reduction?: Reduction | undefined;
}

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends PairLossOptions {
  /** difference above which the loss is linear; 0 gives the loss of `l1Loss` (default 1) */
  beta?: number | undefined;
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyOptions extends PairLossOptions {
  /** factor of each element's loss, f32, broadcast to the input (default 1) */
  weight?: Tensor | undefined;
  /** factor of the loss of positive targets, f32, broadcast to the input, such as [K] for K labels (default 1) */
  posWeight?: Tensor | undefined;
}

/** Options of `klDiv`. */
export interface KLDivOptions {
  /**
   * 'mean' over all elements, 'batchmean' for the sum divided by the size of the first axis (the mathematical definition),
   * 'sum', or 'none' for one value per element (default 'mean', as in PyTorch)
   */
  reduction?: Reduction | 'batchmean' | undefined;
  /** whether the target holds log-probabilities instead of probabilities (default false) */
  logTarget?: boolean | undefined;
}

/** Rules of the options, which the loss classes share. */
export const pairLossRules: OptionRules<PairLossOptions> = {
  reduction: (value) => oneOf(value, ['none', 'sum', 'mean']),
};
export const smoothL1LossRules: OptionRules<SmoothL1LossOptions> = /* @__PURE__ */ (() => ({
  ...pairLossRules,
  beta: (value) => finite(value, 0),
}))();
export const binaryCrossEntropyRules: OptionRules<BinaryCrossEntropyOptions> = /* @__PURE__ */ (() => ({
  ...pairLossRules,
  weight: tensorRule,
  posWeight: tensorRule,
}))();
export const klDivRules: OptionRules<KLDivOptions> = {
  reduction: (value) => oneOf(value, ['none', 'sum', 'mean', 'batchmean']),
  logTarget: boolean,
};

/**
 * Returns (input - target)^2, reduced, like torch.nn.functional.mse_loss. Input and target are f32 of the same shape;
 * both receive a gradient if they need one.
 * @throws ShapeError if the shapes differ: PyTorch broadcasts them, which often hides a mistake such as [N] and [N, 1]
 */
export function mseLoss(input: Tensor, target: Tensor, options: PairLossOptions = {}): Tensor {
  checkOptions('mseLoss', options, pairLossRules);
  checkPair('mseLoss', input, target);
  return scope(() => reduced(pairLoss('mseLoss', 'squared', input, target), options.reduction));
}

/**
 * Returns |input - target|, reduced, like torch.nn.functional.l1_loss. Shapes and gradients are those of `mseLoss`; where
 * input and target are equal the gradient is 0.
 * @throws ShapeError if the shapes differ
 */
export function l1Loss(input: Tensor, target: Tensor, options: PairLossOptions = {}): Tensor {
  checkOptions('l1Loss', options, pairLossRules);
  checkPair('l1Loss', input, target);
  return scope(() => reduced(pairLoss('l1Loss', 'absolute', input, target), options.reduction));
}

/**
 * Returns the loss that is quadratic below `beta` and linear above, like torch.nn.functional.smooth_l1_loss: with
 * d = |input - target|, d^2 / (2 beta) where d < beta, else d - beta / 2. Shapes and gradients are those of `mseLoss`.
 * @throws ShapeError if the shapes differ
 * @throws RangeError if `beta` is negative
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  checkOptions('smoothL1Loss', options, smoothL1LossRules);
  checkPair('smoothL1Loss', input, target);
  const { beta = 1, reduction } = options;
  const kind = beta === 0 ? 'absolute' : 'smooth';
  return scope(() => reduced(pairLoss('smoothL1Loss', kind, input, target, { beta }), reduction));
}

/**
 * Returns the binary cross-entropy of logits, like torch.nn.functional.binary_cross_entropy_with_logits:
 * -(posWeight * t * log(s) + (1 - t) * log(1 - s)) * weight with s = sigmoid(input), without overflow. Input and target
 * are f32 of one shape, such as [N, K] for K independent labels, with targets in 0 to 1. Weights receive no gradient.
 * @throws ShapeError if the shapes differ or a weight does not broadcast to them
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const caller = 'binaryCrossEntropyWithLogits';
  checkOptions(caller, options, binaryCrossEntropyRules);
  checkPair(caller, input, target);
  const { weight, posWeight, reduction } = options;
  for (const [name, factor] of Object.entries({ weight, posWeight })) {
    if (!factor) continue;
    expectDType(caller, name, factor, 'f32');
    if (!broadcasts(factor, input)) {
      throw new ShapeError(
        `${caller}: ${name} has shape ${show(factor.shape)}, expected one that broadcasts to ${show(input.shape)}, the ` +
          'shape of the input',
      );
    }
  }
  return scope(() => {
    const losses = pairLoss(caller, 'logits', input, target, { positives: posWeight });
    return reduced(weight ? mul(losses, weight.detach()) : losses, reduction);
  });
}

/**
 * Returns the Kullback-Leibler divergence of log-probabilities `input` from the probabilities `target`, as
 * torch.nn.functional.kl_div: target * (log(target) - input), reduced. Both are f32 of one shape, such as [N, K]; compute
 * the input by `logSoftmax`.
 * @throws ShapeError if the shapes differ
 */
export function klDiv(input: Tensor, target: Tensor, options: KLDivOptions = {}): Tensor {
  checkOptions('klDiv', options, klDivRules);
  checkPair('klDiv', input, target);
  const { reduction, logTarget = false } = options;
  return scope(() => {
    const losses = pairLoss('klDiv', logTarget ? 'logTarget' : 'divergence', input, target);
    if (reduction !== 'batchmean') return reduced(losses, reduction);
    return mul(sum(losses), 1 / (input.shape[0] ?? 1));
  });
}

function checkPair(caller: string, input: Tensor, target: Tensor): void {
  expectDType(caller, 'input', input, 'f32');
  expectDType(caller, 'target', target, 'f32');
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError(
    `${caller}: target has shape ${show(target.shape)}, expected ${show(input.shape)}, the shape of the input. Use ` +
      'reshape or expand first.',
  );
}

function broadcasts(x: Tensor, { shape }: Tensor): boolean {
  const lead = shape.length - x.rank;
  return lead >= 0 && x.shape.every((n, axis) => n === 1 || n === shape[lead + axis]);
}

function reduced(losses: Tensor, reduction: Reduction = 'mean'): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
}

export const pairLossInfos: OpInfo[] = [
  {
    name: 'mseLoss',
    doc: 'squared error: mean, sum or per element',
    gradient: 'dx = 2 (x - t) dy / n, dt = -dx',
    cost: elementwiseCost,
  },
  {
    name: 'l1Loss',
    doc: 'absolute error, reduced like mseLoss',
    gradient: 'dx = sign(x - t) dy / n, dt = -dx',
    cost: elementwiseCost,
  },
  {
    name: 'smoothL1Loss',
    doc: 'squared error below beta, absolute error above, reduced like mseLoss',
    gradient: 'dx = dy / n times (x - t) / beta where |x - t| < beta, else sign(x - t); dt = -dx',
    cost: elementwiseCost,
  },
  {
    name: 'binaryCrossEntropyWithLogits',
    doc: 'binary cross-entropy of logits, with optional weights, reduced like mseLoss',
    gradient:
      'dx = w (1 - t - (1 + (p - 1) t) sigmoid(-x)) dy / n, dt = w ((p - 1) log(1 + exp(-x)) - x) dy / n',
    cost: elementwiseCost,
  },
  {
    name: 'klDiv',
    doc: 'Kullback-Leibler divergence of log-probabilities, reduced like mseLoss',
    gradient: 'dx = -t dy / n, dt = (log(t) + 1 - x) dy / n',
    cost: elementwiseCost,
  },
];
