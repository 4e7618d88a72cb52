import * as kernels from '../../kernels/index.ts';
import { show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** What `crossEntropy` takes. */
export interface CrossEntropyOptions {
  /** share of the target that is spread evenly over the classes; 0 when left out */
  labelSmoothing?: number | undefined;
  /** weight of each class, f32 [K] */
  classWeights?: Tensor | undefined;
}

/** Bits of a NaN, which WGSL cannot write as a constant. */
export const NAN_BITS = 0x7fc00000;

/**
 * Mean softmax cross-entropy of logits [N, K], a scalar, as torch.nn.functional.cross_entropy. The target
 * is labels, u32 [N] (the mean is weighted by the class weights), or distributions, f32 [N, K] (the mean
 * is over N). Differentiates by the logits alone. A label outside 0 .. K - 1 makes loss and gradient NaN.
 * @throws Error when the shapes do not fit or labelSmoothing is not in [0, 1]
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { labelSmoothing = 0, classWeights } = options;
  const [rows, classes] = check(logits, target, options);
  const { device } = logits;
  const overrides = { SOFT: target.dtype === 'f32' ? 1 : 0, WEIGHTED: classWeights ? 1 : 0 };
  const form = { rows, classes, smoothing: labelSmoothing };
  const loss = empty(device, [], 'f32', 'crossEntropy');
  const scale = empty(device, [], 'f32', 'crossEntropy scale');
  device.dispatch(kernels.crossEntropy, {
    label: 'crossEntropy',
    // without class weights nothing reads `weights`
    bind: { logits, wanted: target, weights: classWeights ?? logits, loss, scale },
    params: { ...form, nan: NAN_BITS },
    overrides,
    workgroups: [1, 1, 1],
  });
  const taped = differentiable('crossEntropy', loss, [logits], (save) => {
    const saved = { logits: save(logits), wanted: save(target), scale: save(scale) };
    const weights = classWeights ? save(classWeights) : saved.logits;
    return (dloss, slots) => {
      const dlogits = slots.output(0);
      device.dispatch(kernels.crossEntropyGrad, {
        label: 'crossEntropy gradient',
        bind: { ...saved, weights, dloss, dlogits },
        params: form,
        overrides,
        threads: rows,
      });
      return [dlogits];
    };
  });
  // the tape keeps what it saved
  scale.dispose();
  return taped;
}

function check(logits: Tensor, target: Tensor, options: CrossEntropyOptions): [number, number] {
  const { labelSmoothing = 0, classWeights } = options;
  const [rows, classes] = logits.shape;
  if (logits.rank !== 2 || !rows || !classes || logits.dtype !== 'f32') {
    throw new Error(`crossEntropy: logits are ${logits.dtype} ${show(logits.shape)}, expected f32 [N, K]`);
  }
  const shape = target.dtype === 'f32' ? [rows, classes] : [rows];
  if (target.dtype === 'i32' || target.shape.join() !== shape.join()) {
    throw new Error(
      `crossEntropy: target is ${target.dtype} ${show(target.shape)}, expected labels u32 [${rows}] or ` +
        `distributions f32 [${rows}, ${classes}]`,
    );
  }
  if (classWeights && (classWeights.dtype !== 'f32' || classWeights.shape.join() !== `${classes}`)) {
    throw new Error(
      `crossEntropy: classWeights are ${classWeights.dtype} ${show(classWeights.shape)}, expected f32 [${classes}]`,
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new Error(`crossEntropy: labelSmoothing must be between 0 and 1, got ${labelSmoothing}`);
  }
  return [rows, classes];
}

export const crossEntropyInfo: OpInfo = {
  name: 'crossEntropy',
  doc: 'mean softmax cross-entropy by labels or distributions',
  differentiable: true,
  cost: elementwiseCost,
};
