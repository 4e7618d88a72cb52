import type { AugmentationName } from '../data/augmentation.ts';
import type { LabelRule } from '../data/label-rules.ts';
import type { CenterKind } from '../tensor/ops/center-loss.ts';

/** How to train on photographs of faces. Everything that a run may choose, in one place. */
export interface Recipe {
  /** pixels along each side of the input */
  size: number;
  epochs: number;
  batch: number;
  optimizer: 'adam' | 'adamw' | 'sgd';
  /** learning rate at the start, or at its peak with warm-up */
  lr: number;
  weightDecay: number;
  schedule: 'cosine' | 'plateau' | 'step' | 'constant';
  /** longest gradient; 0 for any */
  clip: number;
  /** what FER+'s votes become; other sets have labels */
  labels: LabelRule;
  labelSmoothing: number;
  /** power of the inverse class frequency that weighs the cross-entropy; 0 for none, 1 in full */
  balance: number;
  /** weight of the centre loss */
  lambda: number;
  center: CenterKind;
  /** what the centre loss acts on */
  over: 'embedding' | 'logits';
  augment: AugmentationName;
  /** alpha of mixup; 0 for none */
  mixup: number;
  /** share of the embedding's elements that become 0 */
  dropout: number;
  /** batch norm's */
  bnMomentum: number;
  /** each block with a residual begins as the identity */
  zeroInit: boolean;
  /** decay of the weights' moving average; 0 for none */
  ema: number;
  /** validation by the mean of a picture and its mirror image */
  mirror: boolean;
}

/**
 * `paper`: the settings of the code that Liang et al. 2023 released: Adam with weight decay in the gradient, a tenth of
 * the rate where the validation loss has not fallen by 0.01 % for 10 epochs, the released centre loss over the logits.
 *
 * `feathergrad`: from scratch; what is known of each departure is in docs/recipes.md.
 */
export const RECIPES = {
  paper: {
    size: 224,
    epochs: 100,
    batch: 64,
    optimizer: 'adam',
    lr: 1e-3,
    weightDecay: 1e-4,
    schedule: 'plateau',
    clip: 0,
    labels: 'majority',
    labelSmoothing: 0,
    balance: 0,
    lambda: 0.4,
    center: 'released',
    over: 'logits',
    augment: 'paper',
    mixup: 0,
    dropout: 0.2,
    bnMomentum: 0.01,
    zeroInit: false,
    ema: 0,
    mirror: false,
  },
  feathergrad: {
    size: 112,
    epochs: 60,
    batch: 64,
    optimizer: 'adamw',
    lr: 2e-3,
    weightDecay: 0.05,
    schedule: 'cosine',
    clip: 0,
    labels: 'distribution',
    labelSmoothing: 0,
    balance: 0,
    lambda: 0,
    center: 'learned',
    over: 'embedding',
    augment: 'paper',
    mixup: 0,
    dropout: 0.2,
    bnMomentum: 0.1,
    zeroInit: true,
    ema: 0.999,
    mirror: true,
  },
} as const satisfies Record<string, Recipe>;

/** A name of `RECIPES`. */
export type RecipeName = keyof typeof RECIPES;
/** The names of `RECIPES`. */
export const RECIPE_NAMES = Object.keys(RECIPES) as RecipeName[];
