import { RECIPES, type Recipe } from 'feathergrad';
import type { PlanChoice } from './project.ts';

export const PRESETS = [
  ['quick', 'Quick'],
  ['careful', 'Careful'],
  ['paper', 'Paper'],
  ['scratch', 'From scratch'],
] as const;
export type PresetName = (typeof PRESETS)[number][0];

export const PRESET_TEXTS: Record<PresetName, string> = {
  quick: 'Starts from the built-in weights: first the head, then all layers at a lower rate.',
  careful: 'Like Quick, with larger images, stronger augmentation and more steps.',
  paper: 'The settings of the paper’s code. Slow; meant for thousands of pictures.',
  scratch: 'Random weights. Needs many more pictures than the others.',
};

/** One part of a training run: which layers are trained, and with which recipe. */
export interface Stage {
  title: string;
  recipe: Partial<Recipe>;
}

/** Steps of the two parts, and settings of the second. */
interface Preset {
  headSteps: number;
  steps: number;
  /** epochs without better accuracy after which the run stops, as a share of all epochs */
  patience: number;
  recipe: Partial<Recipe>;
}

const TRANSFER = { optimizer: 'adamw', weightDecay: 0.01, schedule: 'cosine', clipNorm: 1 } as const;

const PRESET_PLANS: Record<Exclude<PresetName, 'paper'>, Preset> = {
  quick: {
    headSteps: 24,
    steps: 60,
    patience: 0.5,
    recipe: { ...TRANSFER, side: 48, learningRate: 1e-3, augmentation: 'paper' },
  },
  careful: {
    headSteps: 48,
    steps: 300,
    patience: 0.4,
    recipe: { ...TRANSFER, side: 64, learningRate: 1e-3, augmentation: 'strong' },
  },
  scratch: {
    headSteps: 0,
    steps: 600,
    patience: 0.5,
    recipe: { ...TRANSFER, side: 48, learningRate: 2e-3, augmentation: 'paper' },
  },
};

const HEAD_RATE = 3e-3;
/** Fewest epochs before a run may stop early. */
const LEAST_PATIENCE = 4;

/** Returns the share of the pictures that is held out for validation: one fifth, or less if there are very many. */
export const splitFor = (pictures: number): number => (pictures > 2000 ? 0.1 : 0.2);

/** Returns the batch size for a number of training pictures: a power of two, so that an epoch has at least 4 steps. */
function batchFor(pictures: number, most: number): number {
  const wanted = 2 ** Math.floor(Math.log2(Math.max(2, pictures / 4)));
  return Math.max(2, Math.min(most, wanted));
}

const epochsFor = (steps: number, perEpoch: number): number =>
  Math.max(2, Math.ceil(steps / Math.max(1, perEpoch)));

/** Returns the complete settings of the preset's main part, before the user's changes. */
export function presetRecipe(preset: PresetName, pictures: number): Partial<Recipe> {
  const validationSplit = splitFor(pictures);
  const training = Math.max(2, Math.round(pictures * (1 - validationSplit)));
  const base = { validationSplit, seed: 1, train: 'all' } as const;
  if (preset === 'paper') {
    return { ...RECIPES.paper, ...base, labels: 'majority', batch: batchFor(training, RECIPES.paper.batch) };
  }
  const { steps, patience, recipe } = PRESET_PLANS[preset];
  const batch = batchFor(training, preset === 'quick' ? 16 : 32);
  const epochs = epochsFor(steps, Math.floor(training / batch));
  return {
    ...base,
    ...recipe,
    batch,
    epochs,
    earlyStop: Math.max(LEAST_PATIENCE, Math.ceil(patience * epochs)),
  };
}

/** Whether the plan starts from weights that were trained before. */
export const isTransfer = ({ preset, start, changes }: PlanChoice): boolean =>
  start === 'file' || (start === 'shipped' && usesShipped(preset) && isShippedNetwork(changes));

const usesShipped = (preset: PresetName) => preset === 'quick' || preset === 'careful';

/** The built-in weights are those of the paper's network. */
export const isShippedNetwork = ({ model, variant }: Partial<Recipe>): boolean =>
  (model ?? 'fer_mobilenetv3') === 'fer_mobilenetv3' && (variant ?? 'paper') === 'paper';

/** Returns the parts of the run for a number of pictures. */
export function stagesFor(plan: PlanChoice, pictures: number): Stage[] {
  const { preset, changes } = plan;
  const recipe = withoutContradictions({ ...presetRecipe(preset, pictures), ...changes });
  const main: Stage = { title: isTransfer(plan) ? 'All layers' : 'From random weights', recipe };
  if (recipe.train !== 'all') return [{ title: 'Chosen layers', recipe }];
  const headSteps = preset === 'paper' ? 0 : PRESET_PLANS[preset].headSteps;
  if (!isTransfer(plan) || headSteps === 0) return [main];
  const training = pictures * (1 - (recipe.validationSplit ?? 0));
  const perEpoch = Math.floor(training / (recipe.batch ?? 2));
  const { earlyStop: _, ...rest } = recipe;
  const head: Stage = {
    title: 'Head',
    recipe: {
      ...rest,
      train: 'head',
      learningRate: HEAD_RATE,
      augmentation: 'none', // the features of the frozen layers are then computed once
      mixup: 0,
      epochs: epochsFor(headSteps, perEpoch),
    },
  };
  return [head, main];
}

/** Removes settings that a recipe rejects together with others. */
function withoutContradictions(recipe: Partial<Recipe>): Partial<Recipe> {
  const { center, over, variant, earlyStop, ...rest } = recipe;
  const hasCenter = (rest.lambda ?? 0) > 0;
  const isOwn = (rest.model ?? 'fer_mobilenetv3') === 'fer_mobilenetv3';
  return {
    ...rest,
    ...(hasCenter && center !== undefined && { center }),
    ...(hasCenter && over !== undefined && { over }),
    ...(isOwn && variant !== undefined && { variant }),
    ...(earlyStop !== undefined && (rest.validationSplit ?? 0) > 0 && { earlyStop }),
  };
}

/** Returns the preset's plan with a tenth of the learning rate, for a run that diverged. */
export function withTenthOfRate(plan: PlanChoice, pictures: number): PlanChoice {
  const rate = plan.changes.learningRate ?? presetRecipe(plan.preset, pictures).learningRate ?? 1e-3;
  return { ...plan, changes: { ...plan.changes, learningRate: Number((rate / 10).toPrecision(2)) } };
}
