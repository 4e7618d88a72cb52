import type { StateDict } from '../layers/state-dict.ts';
import type { TypedSettings } from '../optim/settings.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Tensors of a batch that a loss may use besides logits and targets. */
export interface LossBatch {
  /** f32 [N, D]; the logits if the network has no embedding */
  embedding: Tensor;
  /** u32 [N]: the labels, even if the targets are distributions */
  labels: Tensor;
  /**
   * u32 [M]: the labels of the whole batch, of which the N labels are a part; with gradient accumulation only. A loss
   * that divides by a sum over labels computes this sum over the whole batch and multiplies by M / N. `update` then
   * receives the whole batch, so both lists of labels are equal.
   */
  allLabels?: Tensor | undefined;
  /**
   * f32 [N, side, side, 3]: the images, after augmentation, for a loss that runs another network on them. Absent when
   * `fit` uses cached features, which it never does for a loss with `needsImages`.
   */
  images?: Tensor | undefined;
}

/** A loss and its named parts, each a scalar. The parts include their weights and add up to the total. */
export interface LossParts {
  total: Tensor;
  parts: Record<string, Tensor>;
}

/**
 * What `fit` minimizes: `CrossEntropyLoss`, `SoftmaxCenterLoss`, or any class with `call`. A plain function with the
 * parameters of `call` works too.
 */
export interface Loss {
  /**
   * Returns the loss of logits f32 [N, K], either a scalar or the total and its parts. `targets` are the labels u32 [N], or
   * distributions f32 [N, K] with soft targets or mixup.
   */
  call(logits: Tensor, targets: Tensor, batch: LossBatch): Tensor | LossParts;
  /** Updates the state of the loss, such as centers. Called once per step, after the backward pass, with the whole batch. */
  update?(logits: Tensor, batch: LossBatch): void;
  /** how the losses of the images are combined (default 'mean'); `fit` accumulates gradients accordingly */
  readonly reduction?: 'mean' | 'sum' | 'none' | undefined;
  /** label of images that are excluded from loss and accuracy (default: none) */
  readonly ignoreIndex?: number | undefined;
  /** whether `call` needs `batch.images` (default false) */
  readonly needsImages?: boolean | undefined;
  /**
   * Checks that the loss is suitable for a run; called before anything runs.
   * @throws Error if it is not
   */
  check?(run: LossRun): void;
  /**
   * Returns type and constants. A checkpoint with other settings is rejected; without this method nothing is compared.
   */
  settings?(): TypedSettings | Promise<TypedSettings>;
  /** Returns the state that `update` changes, for a checkpoint. */
  stateDict?(): Promise<StateDict>;
  /** Restores the state that `stateDict` returned. */
  loadStateDict?(state: StateDict): void;
}

/** Properties of a run, for `Loss.check`. */
export interface LossRun {
  classes: number;
  /** whether the network returns an embedding besides its logits */
  hasEmbedding: boolean;
  /** whether images of two classes are blended (mixup) */
  isMixed: boolean;
  /** whether some labels are `ignoreIndex`; null if the source does not list its labels */
  hasIgnored: boolean | null;
}

/** A loss as a plain function. */
export type LossFunction = Loss['call'];

/** Returns `loss` as an object; wraps a plain function. */
export function asLoss(loss: Loss | LossFunction): Loss {
  return typeof loss === 'function' ? { call: loss } : loss;
}
