import { boolean, checkCounts, checkOptions, checkValue, type OptionRules } from '../gpu/check-options.ts';
import { ShapeError } from '../tensor/errors.ts';
import {
  groupNorm,
  layerNorm,
  NORM_OPTIONS,
  type NormalizedShape,
  type NormOptions,
  normalizedShapeRule,
} from '../tensor/ops/group-norm.ts';
import { type Shape, sameShape, show } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { ONES, ZEROS } from './initialize.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends NormOptions {
  /** whether there is a scale and a shift (default true) */
  affine?: boolean | undefined;
}

const GROUP_OPTIONS: OptionRules<GroupNormOptions> = /* @__PURE__ */ (() => ({
  ...NORM_OPTIONS,
  affine: boolean,
}))();

/** Normalizes groups of channels of each image, [N, ..., C] to the same shape; see `groupNorm`. */
export class GroupNorm extends Module {
  /** scale, [C]; null with `affine: false` */
  readonly weight: Parameter | null;
  /** shift, [C]; null with `affine: false` */
  readonly bias: Parameter | null;
  readonly numGroups: number;
  readonly numChannels: number;
  /** added to the variance */
  readonly eps: number;

  /**
   * @throws Error when a number is not a positive integer, or an option is unknown or out of range
   * @throws RangeError when the groups do not divide the channels
   */
  constructor(numGroups: number, numChannels: number, options: GroupNormOptions = {}) {
    super();
    checkCounts('GroupNorm', { numGroups, numChannels });
    checkOptions('GroupNorm', options, GROUP_OPTIONS);
    checkValue('GroupNorm', 'numGroups', numGroups, () =>
      numChannels % numGroups === 0 ? undefined : `a divisor of ${numChannels} channels`,
    );
    const isAffine = options.affine ?? true;
    this.weight = isAffine ? new Parameter([numChannels], ONES) : null;
    this.bias = isAffine ? new Parameter([numChannels], ZEROS) : null;
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = options.eps ?? 1e-5;
  }

  override get type(): string {
    return 'GroupNorm';
  }

  forward(x: Tensor): Tensor {
    this.outputShape(x.shape);
    const { weight, bias, numGroups, eps } = this;
    return groupNorm(x, numGroups, weight?.value ?? null, bias?.value ?? null, { eps });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    if (input.length < 2 || input.at(-1) !== this.numChannels) {
      throw new ShapeError(
        `${this.path || 'GroupNorm'}: input has shape ${show(input)}, expected [N, ..., ${this.numChannels}] ` +
          '(channels come last)',
      );
    }
    return costs?.add(this, input) ?? input;
  }
}

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends NormOptions {
  /** whether there is a scale and a shift per element (default true) */
  elementwiseAffine?: boolean | undefined;
  /** whether there is a shift, if there is a scale (default true) */
  bias?: boolean | undefined;
}

const LAYER_OPTIONS: OptionRules<LayerNormOptions> = /* @__PURE__ */ (() => ({
  ...NORM_OPTIONS,
  elementwiseAffine: boolean,
  bias: boolean,
}))();

/**
 * Normalizes the values along the last axes, to the same shape; see `layerNorm`. Weights with three axes are [H, W, C],
 * like images; in state dicts they are [C, H, W].
 */
export class LayerNorm extends Module {
  /** scale, of the normalized shape; null with `elementwiseAffine: false` */
  readonly weight: Parameter | null;
  /** shift, of the normalized shape; null with `elementwiseAffine: false` or `bias: false` */
  readonly bias: Parameter | null;
  readonly normalizedShape: readonly number[];
  /** added to the variance */
  readonly eps: number;

  /**
   * @param normalizedShape length of the last axis, or lengths of the last axes
   * @throws Error when a length is not a positive integer, or an option is unknown or out of range
   */
  constructor(normalizedShape: NormalizedShape, options: LayerNormOptions = {}) {
    super();
    checkValue('LayerNorm', 'normalizedShape', normalizedShape, normalizedShapeRule);
    checkOptions('LayerNorm', options, LAYER_OPTIONS);
    const shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
    const layout = shape.length === 3 ? 'image' : 'same';
    const isAffine = options.elementwiseAffine ?? true;
    this.weight = isAffine ? new Parameter(shape, ONES, layout) : null;
    this.bias = isAffine && (options.bias ?? true) ? new Parameter(shape, ZEROS, layout) : null;
    this.normalizedShape = shape;
    this.eps = options.eps ?? 1e-5;
  }

  override get type(): string {
    return 'LayerNorm';
  }

  forward(x: Tensor): Tensor {
    const { weight, bias, normalizedShape, eps } = this;
    return layerNorm(x, normalizedShape, weight?.value ?? null, bias?.value ?? null, { eps });
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    const { normalizedShape } = this;
    if (!sameShape(input.slice(-normalizedShape.length), normalizedShape)) {
      throw new ShapeError(
        `${this.path || 'LayerNorm'}: input has shape ${show(input)}, expected last axes of ${show(normalizedShape)}`,
      );
    }
    return costs?.add(this, input) ?? input;
  }
}
