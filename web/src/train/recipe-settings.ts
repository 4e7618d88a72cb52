import { RECIPES, type RecipeName } from 'feathergrad';
import { defaultsFor, paramsOf, type Settings } from './settings.ts';

export const RECIPE_CHOICES = [
  ['quick', 'Quick'],
  ['paper', 'Paper'],
  ['feathergrad', 'feathergrad'],
  ['own', 'Custom'],
] as const;
export type RecipeChoice = (typeof RECIPE_CHOICES)[number][0];

/** Applies a preset; data, network, what to train and seed do not change. */
export function withRecipe(settings: Settings, name: RecipeName | 'quick'): Settings {
  const { data, pictures, validationSplit, model, variant, train, seed } = settings;
  const kept = { data, pictures, validationSplit, model, variant, train, seed };
  if (name === 'quick') return { ...defaultsFor({ data }), ...kept };
  const recipe = RECIPES[name];
  const base = defaultsFor({ data, optimizer: recipe.optimizer });
  const own = Object.entries(recipe).filter(([key]) => key in base);
  return {
    ...base,
    ...Object.fromEntries(own),
    ...kept,
    ...(data === 'drawn' && { augmentation: 'none' }), // drawn faces vary by themselves
  };
}

/** Returns the preset that equals the settings. */
export function recipeNameOf(settings: Settings): RecipeChoice {
  const text = paramsOf(settings).toString();
  const names = ['quick', 'paper', 'feathergrad'] as const;
  return names.find((name) => paramsOf(withRecipe(settings, name)).toString() === text) ?? 'own';
}
