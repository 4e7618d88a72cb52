import { MODEL_LABELS } from '../../models/names.ts';
import { stepSizeOf } from '../../train/plan.ts';
import { DEFAULTS, type SettledRecipe } from '../../train/recipe-defaults.ts';
import { PRETRAINED } from './initial-weights.ts';
import { TARGETS_WEIGHT, type TrainOptions } from './options.ts';

const OPTIMIZERS = {
  adamw: 'AdamW',
  adam: 'Adam',
  sgd: 'SGD, Nesterov momentum 0.9',
  rmsprop: 'RMSprop, momentum 0.9',
};

const PARTS = { head: 'head only', 'last-blocks': 'last blocks and head' };

/** Describes the settings for the terminal and the report. */
export function describeSettings(
  settings: SettledRecipe,
  {
    recipe,
    init,
    targets,
    targetsWeight = TARGETS_WEIGHT,
  }: Pick<TrainOptions, 'recipe' | 'init' | 'targets' | 'targetsWeight'> = {},
): Record<string, string | number> {
  const { epochs, stepsPerEpoch, batch, accumulate, side, learningRate, lambda, center, over } = settings;
  const { variant, dropout, zeroInitResidual, augmentation, mixup, ema, clipNorm, weightDecay } = settings;
  const { labelSmoothing, balance, earlyStop } = settings;
  const schedule = {
    cosine: settings.warmupSteps > 0 ? `cosine after ${settings.warmupSteps} steps of warm-up` : 'cosine',
    plateau: 'divided by 10 when the validation loss has not fallen for 10 epochs',
    step: `divided by 10 every ${stepSizeOf(epochs)} epochs`,
    constant: 'constant',
    onecycle: 'one cycle: rises for 30 % of the run, then falls',
  }[settings.schedule];
  const target = [
    ...(labelSmoothing > 0 ? [`label smoothing ${labelSmoothing}`] : []),
    ...(balance > 0 ? [`class balance ${balance}`] : []),
  ];
  return {
    ...(recipe && { recipe }),
    ...(targets !== undefined && { 'soft targets': `${targets}, weight ${targetsWeight}` }),
    network: [
      MODEL_LABELS[settings.model],
      ...(settings.model !== 'fer_mobilenetv3' || variant === 'paper' ? [] : [`variant ${variant}`]),
      `dropout ${dropout}`,
      ...(zeroInitResidual ? [] : ['default initialization of residual blocks']),
    ].join(', '),
    input: `${side} x ${side} pixels`,
    ...(augmentation !== 'none' && { augmentation }),
    ...(mixup > 0 && { mixup: `alpha ${mixup}` }),
    epochs: `${epochs} of ${stepsPerEpoch} steps, batches of ${batch}${accumulate > 1 ? ` in ${accumulate} parts` : ''}${settings.recompute ? ', blocks recomputed' : ''}`,
    optimizer: `${OPTIMIZERS[settings.optimizer]}, weight decay ${weightDecay}${clipNorm > 0 ? `, gradients clipped to ${clipNorm}` : ''}${settings.sam > 0 ? `, SAM with rho ${settings.sam}` : ''}`,
    'learning rate': `${learningRate}, ${schedule}`,
    loss: `cross-entropy${target.length > 0 ? ` (${target.join(', ')})` : ''}${lambda > 0 ? ` + ${lambda} x center loss (${center}, over the ${over})` : ''}`,
    'batch-norm momentum': momentumInWords(settings),
    ...(ema > 0 && { 'EMA of weights': `decay ${ema}; validated and kept` }),
    ...(settings.mirror && { 'validated on': 'mean of each image and its mirror image' }),
    ...(earlyStop > 0 && { 'early stop': `after ${earlyStop} epochs without improvement` }),
    ...(init !== undefined && { 'initial weights': init === PRETRAINED ? 'the bundled weights' : init }),
    ...(settings.train !== 'all' && { trained: PARTS[settings.train] }),
    seed: settings.seed,
  };
}

function momentumInWords({ bnMomentum, isMomentumAutomatic }: SettledRecipe): string {
  const { long } = DEFAULTS.bnMomentum;
  const value = String(Number(bnMomentum.toFixed(4)));
  if (!isMomentumAutomatic || bnMomentum === long) return value;
  return `${value} for a short run (the paper's ${long} needs 500 steps to converge)`;
}
