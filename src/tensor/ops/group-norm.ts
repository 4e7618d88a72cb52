import { checkOptions, checkValue, finite, integer, type OptionRules } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectDType, expectShape } from '../expect.ts';
import { type Shape, sameShape, show, sizeOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { columnSum } from './partial-sums.ts';

/** Options of `groupNorm` and `layerNorm`. */
export interface NormOptions {
  /** added to the variance (default 1e-5) */
  eps?: number | undefined;
}

/** Rules of `NormOptions`. */
export const NORM_OPTIONS: OptionRules<NormOptions> = { eps: (v) => finite(v, 0) };

/** x viewed as [outer, spatial, groups, width]: each group of spatial * width values has a mean and a variance. */
interface Grouping {
  outer: number;
  spatial: number;
  groups: number;
  width: number;
}

/** From MANY_GROUPS groups of at most SHORT_GROUP Vecs on, one thread handles one group. */
const MANY_GROUPS = 512;
const SHORT_GROUP = 64;

/** Normalizes each group and applies weight and bias, which have groups * width numbers. */
function normalize(
  name: string,
  x: Tensor,
  { outer, spatial, groups, width }: Grouping,
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): Tensor {
  const { count4: width4, defines: forVec } = inVec4(width);
  const count = outer * groups;
  // a workgroup per group would leave most of its threads idle
  const isShort = count >= MANY_GROUPS && spatial * width4 <= SHORT_GROUP;
  const LANES = isShort ? 1 : 64;
  const defines = { ...forVec, WIDTH: forVec.Vec ? 1 : 4, LANES };
  const params = { spatial, groups, width4, count };
  const threads = LANES * count;
  const statistics = empty(x.device, [count, 2], 'f32', `${name} statistics`);
  const y = empty(x.device, x.shape, 'f32', name);
  x.device.dispatch(kernels.groupNorm, {
    label: name,
    bind: { x, weight: weight ?? x, bias: bias ?? x, y, statistics },
    params: { ...params, eps },
    overrides: { HAS_WEIGHT: weight ? 1 : 0, HAS_BIAS: bias ? 1 : 0 },
    defines,
    threads,
  });
  const affine = [weight, bias].filter((tensor) => tensor !== null);
  const taped = differentiable(name, y, [x, ...affine], (save) => {
    const saved = { x: save(x), statistics: save(statistics) };
    const savedWeight = weight && save(weight);
    return (dy, slots) => {
      const biasAt = weight ? 2 : 1;
      const hasTerms = weight !== null && slots.wants(1);
      let dx: Tensor | null = null;
      let dw: Tensor | null = null;
      if (slots.wants(0) || hasTerms) {
        const ofInput = slots.wants(0) ? slots.output(0) : empty(dy.device, dy.shape, 'f32', name);
        const terms = empty(dy.device, hasTerms ? dy.shape : [4], 'f32', `${name} gradient terms`);
        dy.device.dispatch(kernels.groupNormGrad, {
          label: `${name} gradient`,
          bind: { ...saved, dy, weight: savedWeight ?? saved.x, dx: ofInput, terms },
          params,
          overrides: { HAS_WEIGHT: weight ? 1 : 0, HAS_TERMS: hasTerms ? 1 : 0 },
          defines,
          threads,
        });
        if (slots.wants(0)) dx = ofInput;
        if (hasTerms) dw = slots.fill(1, (to) => columnSum(`${name} weight gradient`, terms, to));
      }
      const db = bias ? slots.fill(biasAt, (to) => columnSum(`${name} bias gradient`, dy, to)) : null;
      return [dx, ...(weight ? [dw] : []), ...(bias ? [db] : [])];
    };
  });
  // saved tensors stay allocated
  statistics.dispose();
  return taped;
}

/** @throws Error unless weight and bias are null or have this shape */
function checkAffine(name: string, weight: Tensor | null, bias: Tensor | null, shape: Shape): void {
  for (const [part, tensor] of Object.entries({ weight, bias })) {
    if (tensor !== null) expectShape(name, part, tensor, shape);
  }
}

/**
 * Applies group normalization to x [N, ..., C]: splits the channels into `numGroups` groups of neighbors, normalizes
 * each group of each image by its mean and variance over all its channels and pixels, then scales by weight [C] and
 * shifts by bias [C] (Wu & He, ECCV 2018). With one group it is a layer norm over the image, with as many groups as
 * channels an instance norm.
 * @throws Error when x has fewer than two axes, `numGroups` does not divide the channels, or weight or bias has another shape
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: NormOptions = {},
): Tensor {
  checkOptions('groupNorm', options, NORM_OPTIONS);
  checkValue('groupNorm', 'numGroups', numGroups, (v) => integer(v, 1));
  expectDType('groupNorm', 'x', x, 'f32');
  if (x.rank < 2) {
    throw new ShapeError(`groupNorm: x has shape ${show(x.shape)}, expected [N, ..., C]. Reshape it first.`);
  }
  const [outer, channels] = [x.shape[0] as number, x.shape.at(-1) as number];
  if (channels % numGroups !== 0) {
    throw new ShapeError(
      `groupNorm: numGroups: got ${numGroups} for ${channels} channels, expected a divisor of them`,
    );
  }
  checkAffine('groupNorm', weight, bias, [channels]);
  const grouping = {
    outer,
    spatial: x.size / outer / channels,
    groups: numGroups,
    width: channels / numGroups,
  };
  return normalize('groupNorm', x, grouping, weight, bias, options.eps ?? 1e-5);
}

/** One number, the length of the last axis, or the lengths of several last axes. */
export type NormalizedShape = number | readonly number[];

/** Rule for `NormalizedShape`. */
export const normalizedShapeRule = (value: unknown) => {
  const list = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((one) => !integer(one, 1))
    ? undefined
    : 'an integer >= 1 or the lengths of the last axes';
};

/**
 * Applies layer normalization: normalizes the values along the last axes of x, whose lengths are `normalizedShape`, by
 * their mean and variance, then scales by weight and shifts by bias, both of that shape (Ba et al., arXiv 1607.06450).
 * On images [N, H, W, C] a number C normalizes each pixel over its channels, and [H, W, C] the whole image.
 * @throws Error when x does not end in these axes, or weight or bias has another shape
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: NormalizedShape,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: NormOptions = {},
): Tensor {
  checkOptions('layerNorm', options, NORM_OPTIONS);
  checkValue('layerNorm', 'normalizedShape', normalizedShape, normalizedShapeRule);
  expectDType('layerNorm', 'x', x, 'f32');
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
  if (!sameShape(x.shape.slice(-shape.length), shape)) {
    throw new ShapeError(
      `layerNorm: x has shape ${show(x.shape)}, expected last axes of ${show(shape)} (normalizedShape)`,
    );
  }
  checkAffine('layerNorm', weight, bias, shape);
  const width = sizeOf(shape);
  const grouping = { outer: x.size / width, spatial: 1, groups: 1, width };
  return normalize('layerNorm', x, grouping, weight, bias, options.eps ?? 1e-5);
}

// x is read for the mean, for the variance, and again for the normalization
const cost: OpInfo['cost'] = (inputs, result) => ({
  macs: 0,
  bytes: elementwiseCost([inputs[0] ?? [], inputs[0] ?? [], ...inputs], result).bytes,
});

export const groupNormInfos: OpInfo[] = [
  {
    name: 'groupNorm',
    doc: 'normalization per image and group of channels',
    gradient:
      'dx = rstd (dz - mean(dz) - xhat mean(dz xhat)) with dz = dy weight, dweight = sum(dy xhat), dbias = sum(dy)',
    cost,
  },
  {
    name: 'layerNorm',
    doc: 'normalization along the last axes',
    gradient: 'as for groupNorm, with the last axes as the group',
    cost,
  },
];
