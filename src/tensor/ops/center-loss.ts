import { checkValue, finite, oneOf } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType } from '../expect.ts';
import { NAN_BITS } from '../host-values.ts';
import { show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { combine } from './combine.ts';
import { advanceCounter, expectCounterState } from './counter-state.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** The forms of the center loss. */
export const CENTER_KINDS = ['learned', 'released'] as const;
/** 'learned' is the center loss of the literature, 'released' is the variant in the paper's published code. */
export type CenterKind = (typeof CENTER_KINDS)[number];

/**
 * Returns scale / 2 times the mean squared distance of features [N, D] from the center of their class, a scalar; labels
 * u32 [N], centers [K, D]. 'learned' with scale 1 is Wen et al. (ECCV 2016, eq. 2) divided by N; 'released' also
 * divides the term of each row by n_y, the number of rows of its class. Only the features receive a gradient. A label
 * outside 0 .. K - 1 makes loss and gradient NaN.
 * @param scale a constant factor (default 1); `CenterLoss` passes K / D
 * @param allLabels u32 [M]: the labels in which n_y is counted, including the N labels (default: the N labels). With
 * gradient accumulation these are the labels of the whole batch
 * @throws Error when shapes do not agree
 */
export function centerLoss(
  features: Tensor,
  labels: Tensor,
  centers: Tensor,
  kind: CenterKind,
  scale = 1,
  allLabels = labels,
): Tensor {
  checkValue('centerLoss', 'kind', kind, (v) => oneOf(v, CENTER_KINDS));
  const { rows, width, classes } = check('centerLoss', features, labels, centers);
  expectDType('centerLoss', 'allLabels', allLabels, 'u32');
  const { device } = features;
  const loss = empty(device, [], 'f32', 'centerLoss');
  const share = empty(device, [rows], 'f32', 'centerLoss row weights');
  // saved for the backward pass, so the centers may move before it
  const pull = empty(device, [rows, width], 'f32', 'centerLoss pull');
  device.dispatch(kernels.centerLoss, {
    label: 'centerLoss',
    bind: { features, labels, centers, share, pull, loss, allLabels },
    params: { rows, width, classes, nan: NAN_BITS, scale, allRows: allLabels.size },
    overrides: { RELEASED: kind === 'released' ? 1 : 0 },
    workgroups: [1, 1, 1],
  });
  const taped = differentiable('centerLoss', loss, [features], (save) => {
    const saved = save(pull);
    return (dloss) => [combine('mul', saved, dloss)];
  });
  // saved tensors stay allocated
  share.dispose();
  pull.dispose();
  return taped;
}

/**
 * Moves centers [K, D] in place: c_j -= alpha * sum over the rows of class j of (c_j - f) / (1 + n_j)
 * (Wen et al., ECCV 2016, eq. 4). A center that would become non-finite does not move.
 */
export function moveCenters(centers: Tensor, features: Tensor, labels: Tensor, alpha: number): void {
  checkValue('moveCenters', 'alpha', alpha, (v) => finite(v, 0));
  const { rows, width, classes } = check('moveCenters', features, labels, centers);
  const count = classes * width;
  centers.device.dispatch(kernels.moveCenters, {
    label: 'moveCenters',
    bind: { features, labels, centers },
    params: { rows, width, count, alpha },
    threads: count,
  });
}

/**
 * Fills centers with random numbers from N(0, 1). Each call draws new numbers, because it adds 1 to the state's counter
 * (unless `advances` is false).
 */
export function drawCenters(centers: Tensor, state: Tensor, advances = true): void {
  expectDType('drawCenters', 'centers', centers, 'f32');
  expectCounterState('drawCenters', state);
  const count = centers.size;
  centers.device.dispatch(kernels.normalDraw, {
    label: 'drawCenters',
    bind: { state, y: centers },
    params: { count },
    threads: count,
  });
  if (advances) advanceCounter(state);
}

function check(op: string, features: Tensor, labels: Tensor, centers: Tensor) {
  expectDType(op, 'features', features, 'f32');
  expectDType(op, 'labels', labels, 'u32');
  expectDType(op, 'centers', centers, 'f32');
  const [rows, width] = features.shape;
  if (features.rank !== 2 || !rows || !width || features.dtype !== 'f32') {
    throw new ShapeError(
      `${op}: features are ${features.dtype} ${show(features.shape)}, expected f32 [N, D]`,
    );
  }
  if (labels.dtype !== 'u32' || labels.shape.join() !== `${rows}`) {
    throw new ShapeError(`${op}: labels are ${labels.dtype} ${show(labels.shape)}, expected u32 [${rows}]`);
  }
  const [classes] = centers.shape;
  if (centers.rank !== 2 || !classes || centers.shape[1] !== width || centers.dtype !== 'f32') {
    throw new ShapeError(
      `${op}: centers are ${centers.dtype} ${show(centers.shape)}, expected f32 [K, ${width}]`,
    );
  }
  return { rows, width, classes };
}

export const centerLossInfo: OpInfo = {
  name: 'centerLoss',
  doc: 'mean squared distance of features from the center of their class',
  gradient: 'df_i = dy s (f_i - c_y) / N, also / n_y when released',
  cost: elementwiseCost,
};
