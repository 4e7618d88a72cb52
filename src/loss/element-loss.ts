import type { SettingsValue, TypedSettings } from '../optim/settings.ts';
import { less } from '../tensor/ops/compare.ts';
import type { Reduction } from '../tensor/ops/cross-entropy.ts';
import { oneHot } from '../tensor/ops/one-hot.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { where } from '../tensor/ops/where.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Loss } from './loss.ts';

/** Returns labels as one-hot rows, with NaN in the rows of labels that are not below `classes`. */
function rowsOf(labels: Tensor, classes: number): Tensor {
  const isClass = less(reshape(labels, [...labels.shape, 1]), classes);
  return where(isClass, oneHot(labels, classes), Number.NaN);
}

/**
 * Base class of losses that compare input and target element by element. In `fit`, labels u32 [N] become one-hot rows
 * f32 [N, K]; with `targets: 'distribution'` the rows of the source are used as they are.
 */
export abstract class ElementLoss implements Loss {
  /** name of the loss; a literal, so that minified builds keep it */
  abstract readonly type: string;

  /** How the losses of the elements are combined: 'mean', 'sum', or 'none' (default 'mean'). */
  abstract get reduction(): Reduction;

  /**
   * Returns the loss of input and target, f32 of the same shape, or of input [N, K] and labels u32 [N]. The result is a
   * scalar; with reduction 'none' it has the shape of the input. A label of K or more makes its row NaN: labels are on the
   * GPU, so they cannot be checked by an exception.
   * @throws ShapeError if the shapes do not fit
   */
  call(input: Tensor, target: Tensor): Tensor {
    const isLabels =
      target?.isTensor && target.dtype === 'u32' && input?.isTensor && input.rank === target.rank + 1;
    if (!isLabels) return this.compare(input, target);
    return scope(() =>
      this.compare(
        input,
        noGrad(() => rowsOf(target, input.shape.at(-1) as number)),
      ),
    );
  }

  /** Returns type and options as plain JSON, including the values of weights. */
  async settings(): Promise<TypedSettings> {
    return { type: this.type, version: 1, reduction: this.reduction, ...(await this.constants()) };
  }

  protected abstract compare(input: Tensor, target: Tensor): Tensor;

  /** Returns the options besides the reduction (default: there are none). */
  protected async constants(): Promise<Record<string, SettingsValue>> {
    return {};
  }
}
