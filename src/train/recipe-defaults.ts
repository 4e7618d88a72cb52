import { boolean, checkOptions, checkValue, integer, objectRule } from '../gpu/check-options.ts';
import type { Recipe } from './recipes.ts';

/**
 * Defaults of a recipe. With the defaults for drawn faces, a run reaches more than 95 % on unseen faces within two
 * minutes on two CPU cores (`npm run demo`).
 */
export const DEFAULTS = {
  drawn: { epochs: 11, pictures: 1600, validationSplit: 0.4, optimizer: 'sgd' },
  folder: { epochs: 20, pictures: 1600, validationSplit: 0.1, optimizer: 'adamw' },
  labels: 'majority',
  side: 48,
  augmentation: 'none',
  mixup: 0,
  batch: 32,
  accumulate: 1,
  recompute: false,
  seed: 1,
  learningRate: { adamw: 2e-3, adam: 1e-3, sgd: 0.2, rmsprop: 1e-3 },
  weightDecay: { adamw: 0.01, adam: 0, sgd: 0, rmsprop: 0 },
  sam: 0,
  schedule: 'cosine',
  /** fraction of all steps that are the warm-up of the cosine schedule */
  warmupShare: 0.1,
  /**
   * at 0.2 a gradient of norm 8 in the first epoch makes SGD diverge at 32 pixels; Adam's step size does not depend on
   * the norm
   */
  clipNorm: { adamw: 0, adam: 0, sgd: 1, rmsprop: 1 },
  ema: 0,
  mirror: false,
  earlyStop: 0,
  train: 'all',
  model: 'fer_mobilenetv3',
  variant: 'paper',
  /**
   * momentum of batch norm: the paper's value needs about 500 steps, so shorter runs use a larger one, at most `most`
   */
  bnMomentum: { long: 0.01, short: 0.1, most: 0.5, longRun: 5000 },
  dropout: 0.2,
  zeroInitResidual: true, // learns much faster from scratch
  balance: 0,
  labelSmoothing: 0,
  lambda: 0,
  center: 'learned',
  over: 'embedding',
} as const;

/** A recipe before the length of the run is known: `warmupSteps` may be missing, `bnMomentum` may be 0. */
export type OpenRecipe = Omit<Recipe, 'warmupSteps'>;

/** Fills in the defaults that do not depend on the number of images. */
export function withDefaults(recipe: Partial<Recipe>, isDrawn: boolean): OpenRecipe & Partial<Recipe> {
  checkValue('withDefaults', 'recipe', recipe, objectRule);
  checkValue('withDefaults', 'isDrawn', isDrawn, boolean);
  const {
    drawn,
    folder,
    learningRate,
    weightDecay,
    clipNorm,
    warmupShare: _,
    bnMomentum: __,
    ...rest
  } = DEFAULTS;
  const kind = isDrawn ? drawn : folder;
  const optimizer = recipe.optimizer ?? kind.optimizer;
  const said = Object.entries(recipe).filter(([, value]) => value !== undefined);
  return {
    ...rest,
    ...kind,
    learningRate: learningRate[optimizer],
    weightDecay: weightDecay[optimizer],
    clipNorm: clipNorm[optimizer],
    bnMomentum: 0,
    ...Object.fromEntries(said),
  };
}

const RUN_RULES = { images: integer, isDrawn: boolean };

/** A complete recipe and its number of steps. */
export interface SettledRecipe extends Recipe {
  stepsPerEpoch: number;
  /** whether bnMomentum was chosen from the length of the run */
  isMomentumAutomatic: boolean;
}

/** Fills in all defaults of a recipe for a number of training images. */
export function settleRecipe(
  recipe: Partial<Recipe>,
  run: { images: number; isDrawn: boolean },
): SettledRecipe {
  checkOptions('settleRecipe', run, RUN_RULES, ['images', 'isDrawn']);
  const { images, isDrawn } = run;
  const open = withDefaults(recipe, isDrawn);
  const stepsPerEpoch = Math.floor(images / open.batch);
  const steps = open.epochs * stepsPerEpoch;
  return {
    ...open,
    stepsPerEpoch,
    warmupSteps:
      open.warmupSteps ?? (open.schedule === 'cosine' ? Math.round(DEFAULTS.warmupShare * steps) : 0),
    bnMomentum: open.bnMomentum || momentumFor(steps),
    isMomentumAutomatic: open.bnMomentum === 0,
  };
}

/** Returns the momentum of batch norm for a run of `steps` steps: short runs average over a tenth of the run. */
function momentumFor(steps: number): number {
  const { long, short, most, longRun } = DEFAULTS.bnMomentum;
  return steps >= longRun ? long : Math.min(most, Math.max(short, 10 / steps));
}
