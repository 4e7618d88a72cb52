import type { AugmentationName } from '../data/augmentation.ts';
import type { LabelRule } from '../data/label-rules.ts';

import type { Variant } from '../models/fer-mobilenetv3/config.ts';
import type { ModelName } from '../models/names.ts';
import type { CenterKind } from '../tensor/ops/center-loss.ts';

/**
 * Every setting of a training run, under the names that `plan`, `fit`, the command line (`--learning-rate`) and the web
 * app share. `RECIPE_SETTINGS` has their ranges, defaults and descriptions. Functions accept a `Partial<Recipe>`; missing
 * settings have their defaults.
 */
export interface Recipe {
  /** drawn faces per epoch; for drawn faces only */
  pictures: number;
  /** share of the images held out for validation (drawn faces: drawn in addition); 0 for none */
  validationSplit: number;
  /** rule that converts FER+'s votes to labels; other data sets have labels */
  labels: LabelRule;
  /** pixels along each side of the input */
  side: number;
  augmentation: AugmentationName;
  /** alpha of mixup's beta distribution; 0 for no mixup */
  mixup: number;
  epochs: number;
  /** images per step */
  batch: number;
  /** gradient accumulation: number of equal parts of each batch, computed one after another */
  accumulate: number;
  /** saves memory: computes each block of the network a second time in the backward pass instead of storing its layers */
  recompute: boolean;
  /** seed of initial weights, order, drawn faces, augmentation and dropout */
  seed: number;
  optimizer: 'adamw' | 'adam' | 'sgd' | 'rmsprop';
  /** learning rate at the start, or at the peak after a warm-up */
  learningRate: number;
  weightDecay: number;
  /** rho of sharpness-aware minimization around the optimizer; 0 for none */
  sam: number;
  /** learning-rate schedule */
  schedule: 'cosine' | 'plateau' | 'step' | 'constant' | 'onecycle';
  /** steps of linear warm-up before the cosine schedule */
  warmupSteps: number;
  /** maximum norm of the gradient; larger gradients are scaled down to it; 0 for no clipping */
  clipNorm: number;
  /** decay of the exponential moving average of the weights; 0 for none */
  ema: number;
  /** validates with the mean over each image and its mirror image */
  mirror: boolean;
  /** number of epochs without better validation accuracy after which a run stops; 0 for never */
  earlyStop: number;
  /** part of the network that is trained; the other layers are frozen */
  train: 'all' | 'last-blocks' | 'head';
  /** network by name, see `getModel` of feathergrad/models */
  model: ModelName;
  /** variant of FerMobileNetV3 */
  variant: Variant;
  /** momentum of batch norm's running statistics; 0 chooses it from the length of the run */
  bnMomentum: number;
  /** dropout probability of the embedding */
  dropout: number;
  /** initializes each residual block as the identity */
  zeroInitResidual: boolean;
  /** power of the inverse class frequency that weights the cross-entropy, 0 to 1; 0 for equal weights */
  balance: number;
  labelSmoothing: number;
  /** weight of the center loss; 0 for none */
  lambda: number;
  center: CenterKind;
  /** features to which the center loss applies */
  over: 'embedding' | 'logits';
}

/**
 * Named recipes for photos of faces. Spread one to change settings: `{ ...RECIPES.feathergrad, epochs: 10 }`.
 *
 * `paper`: the settings of the code that Liang et al. 2023 released: Adam with weight decay in the gradient, the
 * learning rate divided by 10 when the validation loss has not fallen by 0.01 % for 10 epochs, the released center loss
 * over the logits.
 *
 * `feathergrad`: for training from scratch; docs/recipes.md gives the effect of each difference as far as measured.
 */
export const RECIPES = {
  paper: {
    side: 224,
    epochs: 100,
    batch: 64,
    optimizer: 'adam',
    learningRate: 1e-3,
    weightDecay: 1e-4,
    schedule: 'plateau',
    clipNorm: 0,
    labels: 'majority',
    labelSmoothing: 0,
    balance: 0,
    lambda: 0.4,
    center: 'released',
    over: 'logits',
    augmentation: 'paper',
    mixup: 0,
    dropout: 0.2,
    bnMomentum: 0.01,
    zeroInitResidual: false,
    ema: 0,
    mirror: false,
  },
  feathergrad: {
    side: 112,
    epochs: 60,
    batch: 64,
    optimizer: 'adamw',
    learningRate: 2e-3,
    weightDecay: 0.05,
    schedule: 'cosine',
    clipNorm: 0,
    labels: 'distribution',
    labelSmoothing: 0,
    balance: 0,
    lambda: 0,
    center: 'learned',
    over: 'embedding',
    augmentation: 'paper',
    mixup: 0,
    dropout: 0.2,
    bnMomentum: 0.1,
    zeroInitResidual: true,
    ema: 0.999,
    mirror: true,
  },
} as const satisfies Record<string, Partial<Recipe>>;

/** A name of `RECIPES`. */
export type RecipeName = keyof typeof RECIPES;
/** The names of `RECIPES`. */
export const RECIPE_NAMES = /* @__PURE__ */ Object.keys(RECIPES) as RecipeName[];
