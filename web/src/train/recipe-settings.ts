import { RECIPES, type RecipeName } from 'feathergrad';
import { defaultsFor, paramsOf, type Settings } from './settings.ts';

export const RECIPE_CHOICES = [
  ['quick', 'A quick look'],
  ['paper', 'The paper’s'],
  ['feathergrad', 'feathergrad’s'],
  ['own', 'Your own'],
] as const;
export type RecipeChoice = (typeof RECIPE_CHOICES)[number][0];

/** Settings of a recipe, over the same pictures. */
export function withRecipe(settings: Settings, name: RecipeName | 'quick'): Settings {
  const { data, pictures, valid, variant, seed } = settings;
  const kept = { data, pictures, valid, variant, seed };
  if (name === 'quick') return { ...defaultsFor({ data }), ...kept };
  const recipe = RECIPES[name];
  return {
    ...defaultsFor({ data, optimizer: recipe.optimizer }),
    ...kept,
    side: recipe.size,
    batch: recipe.batch,
    epochs: recipe.epochs,
    lr: recipe.lr,
    decay: recipe.weightDecay,
    schedule: recipe.schedule,
    clip: recipe.clip,
    rule: recipe.labels,
    smoothing: recipe.labelSmoothing,
    lambda: recipe.lambda,
    center: recipe.center,
    over: recipe.over,
    augment: data === 'drawn' ? 'none' : recipe.augment, // drawn faces vary by themselves
    dropout: recipe.dropout,
    momentum: recipe.bnMomentum,
    zero: recipe.zeroInit ? 'yes' : 'no',
    ema: recipe.ema,
    mirror: recipe.mirror ? 'yes' : 'no',
  };
}

/** Which recipe the settings are. */
export function recipeOf(settings: Settings): RecipeChoice {
  const text = paramsOf(settings).toString();
  const names = ['quick', 'paper', 'feathergrad'] as const;
  return names.find((name) => paramsOf(withRecipe(settings, name)).toString() === text) ?? 'own';
}
