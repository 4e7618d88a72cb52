import {
  checkOptions,
  finite,
  integer,
  type OptionRules,
  oneOf,
  tensorRule,
} from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType, expectTensor } from '../expect.ts';
import { NAN_BITS } from '../host-values.ts';
import { sameShape, show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /** fraction of the target that is distributed evenly over the classes, 0 to 1 (default 0) */
  labelSmoothing?: number | undefined;
  /** weight of each class, f32 [K] (default: all 1) */
  weight?: Tensor | undefined;
  /** label of rows that do not count in the loss, the gradient and the mean's divisor (default -100); for labels only */
  ignoreIndex?: number | undefined;
  /** 'mean', 'sum', or 'none' for one loss per row (default 'mean') */
  reduction?: Reduction | undefined;
  /**
   * f32 [], the divisor of the mean (default: the sum of the weights of this batch's labels, or N for distributions).
   * Pass it for a part of a batch whose mean is over the whole batch.
   */
  divisor?: Tensor | undefined;
}

/** How the losses of the rows are combined: 'mean', 'sum', or 'none'. */
export type Reduction = (typeof REDUCTIONS)[number];

/** In the order of the kernel's constant REDUCTION. */
const REDUCTIONS = ['none', 'sum', 'mean'] as const;

/** Label that `crossEntropy` ignores by default, as in PyTorch. */
export const IGNORE_INDEX = -100;

/**
 * Returns the softmax cross-entropy of logits f32 [..., K], like torch.nn.functional.cross_entropy: a scalar, or [...]
 * without reduction. The classes are the last axis, for example [N, K] or [N, H, W, K] (PyTorch's are axis 1). The target
 * is labels, u32 or i32 [...] (the mean is weighted by the class weights and leaves out ignored labels), or
 * distributions, f32 [..., K] (the mean is over all rows). Only the logits receive a gradient.
 *
 * A label outside 0 .. K - 1 that is not `ignoreIndex` makes loss and gradient NaN: labels are on the GPU, so they
 * cannot be checked by an exception. The mean is also NaN, with a gradient of 0, if all labels are ignored.
 * @throws Error if shapes do not fit or an option is out of range
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { labelSmoothing = 0, weight, ignoreIndex = IGNORE_INDEX, reduction = 'mean', divisor } = options;
  const { rows, classes, lead } = check(logits, target, options);
  const { device } = logits;
  const isByRow = reduction === 'none';
  const flags = { SOFT: target.dtype === 'f32' ? 1 : 0, WEIGHTED: weight ? 1 : 0 };
  const params = { rows, classes, smoothing: labelSmoothing, ignored: ignoreIndex >>> 0, nan: NAN_BITS };
  const loss = empty(device, isByRow ? lead : [], 'f32', 'crossEntropy');
  const scale = empty(device, [], 'f32', 'crossEntropy scale');
  device.dispatch(kernels.crossEntropy, {
    label: 'crossEntropy',
    // `weights` and `divisor` are read only if given
    bind: {
      logits,
      wanted: target,
      weights: weight ?? logits,
      divisor: divisor ?? logits,
      loss,
      scale,
    },
    params,
    overrides: { ...flags, DIVIDED: divisor ? 1 : 0, REDUCTION: REDUCTIONS.indexOf(reduction) },
    ...(isByRow ? { threads: rows } : { workgroups: [1, 1, 1] }),
  });
  const taped = differentiable('crossEntropy', loss, [logits], (save) => {
    const saved = { logits: save(logits), wanted: save(target), scale: save(scale) };
    const weights = weight ? save(weight) : saved.logits;
    return (dloss, slots) => {
      return [
        slots.fill(0, (dlogits) => {
          device.dispatch(kernels.crossEntropyGrad, {
            label: 'crossEntropy gradient',
            bind: { ...saved, weights, dloss, dlogits },
            params,
            overrides: { ...flags, BY_ROW: isByRow ? 1 : 0 },
            threads: rows,
          });
        }),
      ];
    };
  });
  // saved tensors stay allocated
  scale.dispose();
  return taped;
}

/** Rules of the options that concern the target. */
export const targetRules: OptionRules<Omit<CrossEntropyOptions, 'divisor' | 'reduction'>> = {
  labelSmoothing: (value) => finite(value, 0, 1),
  weight: tensorRule,
  ignoreIndex: (value) => integer(value, -(2 ** 31), 2 ** 32 - 1),
};

/** Rules of the options that `crossEntropy` and `CrossEntropyLoss` share. */
export const crossEntropyRules: OptionRules<Omit<CrossEntropyOptions, 'divisor'>> = /* @__PURE__ */ (() => ({
  ...targetRules,
  reduction: (value) => oneOf(value, REDUCTIONS),
}))();

const OPTIONS: OptionRules<CrossEntropyOptions> = /* @__PURE__ */ (() => ({
  ...crossEntropyRules,
  divisor: tensorRule,
}))();

function check(logits: Tensor, target: Tensor, options: CrossEntropyOptions) {
  checkOptions('crossEntropy', options, OPTIONS);
  const { weight, divisor, ignoreIndex = IGNORE_INDEX, reduction = 'mean' } = options;
  expectDType('crossEntropy', 'logits', logits, 'f32');
  expectTensor('crossEntropy', 'target', target);
  const classes = logits.shape.at(-1);
  if (classes === undefined) {
    throw new ShapeError(
      'crossEntropy: logits are f32 [], expected f32 [..., K], with the classes as the last axis',
    );
  }
  const lead = logits.shape.slice(0, -1);
  const shape = target.dtype === 'f32' ? logits.shape : lead;
  if (target.dtype === 'f16' || !sameShape(target.shape, shape)) {
    throw new ShapeError(
      `crossEntropy: target is ${target.dtype} ${show(target.shape)}, expected labels u32 ${show(lead)} or ` +
        `distributions f32 ${show(logits.shape)}`,
    );
  }
  if (weight && (weight.dtype !== 'f32' || weight.shape.join() !== `${classes}`)) {
    throw new ShapeError(
      `crossEntropy: weight is ${weight.dtype} ${show(weight.shape)}, expected f32 [${classes}]`,
    );
  }
  if (divisor && (divisor.dtype !== 'f32' || divisor.size !== 1 || reduction !== 'mean')) {
    throw new ShapeError(
      `crossEntropy: divisor is ${divisor.dtype} ${show(divisor.shape)} with reduction '${reduction}', ` +
        "expected f32 [] with 'mean'",
    );
  }
  if (target.dtype === 'f32' && ignoreIndex >= 0) {
    throw new ShapeError(
      `crossEntropy: ignoreIndex ${ignoreIndex} needs labels, but the target is distributions f32 ` +
        `${show(target.shape)}. Omit ignoreIndex, or pass labels.`,
    );
  }
  return { rows: logits.size / classes, classes, lead };
}

export const crossEntropyInfo: OpInfo = {
  name: 'crossEntropy',
  doc: 'softmax cross-entropy with labels or distributions',
  gradient:
    'dz = dy (softmax(z) - target), times the weight of the row, divided by the sum of weights for mean',
  cost: elementwiseCost,
};
