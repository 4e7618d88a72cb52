import { checkValue, oneOf } from '../../gpu/check-options.ts';
import type { DispatchSpec } from '../../gpu/dispatch.ts';
import * as kernels from '../../kernels/index.ts';
import { differentiable, type GradientSlots } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { imageForm, pixelRuns } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** In the order of the kernels' KIND override. */
const KINDS = ['avg', 'max', 'both'] as const;
export type StripKind = (typeof KINDS)[number];

export const COORDINATE_POOLINGS = ['avg', 'max', 'complementary'] as const;
/** How strips are pooled: average (Hou et al., CVPR 2021), maximum, or both at once (Liang et al. 2023). */
export type CoordinatePooling = (typeof COORDINATE_POOLINGS)[number];

/** Pools the strips at positions first .. first + positions - 1 (rows, then columns) to [N, positions, C]. */
export function poolStrips(
  name: string,
  x: Tensor,
  kind: StripKind,
  first: number,
  positions: number,
  shape: readonly number[],
): Tensor {
  const { n, height, width, channels, channels4, defines } = imageForm(name, x);
  checkValue(name, 'kind', kind, (v) => oneOf(v, KINDS));
  const overrides = { KIND: KINDS.indexOf(kind) };
  const y = empty(x.device, shape, 'f32', name);
  const at = empty(x.device, kind === 'avg' ? [4] : [n, positions, channels], 'u32', `${name} places`);
  const sizes = { height, width, channels4, first, positions };
  const count = n * positions * channels4;
  x.device.dispatch(kernels.coordinatePool, {
    label: name,
    bind: { x, y, at },
    params: { ...sizes, count },
    overrides,
    defines,
    threads: count,
  });
  const taped = differentiable(name, y, [x], (save) => {
    const saved = save(at);
    const runs = pixelRuns(width, n * height * channels4);
    const spec = { label: `${name} gradient`, params: { ...sizes, ...runs }, defines, threads: runs.count };
    return (dy, slots, gradients) => [gradients.coordinatePool(dy, slots, saved, { ...spec, overrides })];
  });
  // saved tensors stay allocated
  at.dispose();
  return taped;
}

/** Computes the gradient of x; called through `ops/gradients.ts`. */
export function coordinatePoolGradient(
  dy: Tensor,
  slots: GradientSlots,
  at: Tensor,
  spec: Omit<DispatchSpec, 'bind'>,
): Tensor {
  const dx = slots.output(0);
  const plus = slots.take(0);
  dy.device.dispatch(kernels.coordinatePoolGrad, {
    ...spec,
    bind: { dy, at, dx, plus: plus ?? dy },
    overrides: { ...spec.overrides, PLUS: plus ? 1 : 0 },
  });
  return dx;
}

/**
 * Returns the strips of coordinate attention, [N, H, W, C] to [N, H + W, 1, C]: first each row pooled over the width, then
 * each column pooled over the height. 'complementary' is average + maximum (see
 * CoordinateAttention for the reason).
 */
export function coordinatePool(x: Tensor, kind: CoordinatePooling): Tensor {
  const { n, height, width, channels } = imageForm('coordinatePool', x);
  checkValue('coordinatePool', 'kind', kind, (v) => oneOf(v, COORDINATE_POOLINGS));
  const pooled = kind === 'complementary' ? 'both' : kind;
  return poolStrips('coordinatePool', x, pooled, 0, height + width, [n, height + width, 1, channels]);
}

export const coordinatePoolInfo: OpInfo = {
  name: 'coordinatePool',
  doc: 'pools rows over the width and columns over the height, joined in one tensor',
  gradient:
    'dx = the gradients of its row and its column: divided by n for avg, at the first maximum for max',
  cost: elementwiseCost,
};
