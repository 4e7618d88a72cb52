import { RECIPES, type Recipe, type RecipeName } from '../../train/recipes.ts';

/** What `feathergrad train` was asked for. */
export interface TrainOptions {
  /** settings that were typed */
  typed: Partial<Recipe>;
  recipe?: RecipeName;
  /** path of the images; drawn faces without it */
  data?: string;
  stream?: boolean;
  subset?: number;
  /** path of weights to start from */
  init?: string;
  resume?: string;
  adapter?: string;
  out?: string;
  force?: boolean;
  json?: boolean;
}

/** The flag of a setting: `learningRate` is `--learning-rate`. */
export function flagOf(setting: keyof Recipe): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The named recipe with the typed settings in place of its own. */
export function recipeOf({ recipe, typed }: TrainOptions): Partial<Recipe> {
  if (recipe === undefined) return typed;
  const base: Partial<Recipe> = RECIPES[recipe];
  const merged = { ...base, ...typed };
  const isAboutCenters = typed.center !== undefined || typed.over !== undefined;
  // so that what was typed about the center loss is refused where the recipe has none
  if (isAboutCenters && typed.lambda === undefined && base.lambda === 0) delete merged.lambda;
  return merged;
}

/** @throws Error for flags that need `--data`, or exclude it; `checkRecipe` checks the settings themselves */
export function checkFlags({ data, recipe, stream, subset, typed }: TrainOptions): void {
  if (data !== undefined) {
    if (typed.pictures === undefined) return;
    throw new Error(
      '--pictures is the number of drawn faces, but --data names images. Leave one of the two out.',
    );
  }
  const ofData = { recipe, labels: typed.labels, stream, subset };
  const lonely = Object.entries(ofData).find(([, value]) => value !== undefined);
  if (!lonely) return;
  const [flag, value] = lonely;
  throw new Error(
    `--${flag}${value === true ? '' : ` ${value}`} is for images of your own. Add --data, or leave it out.`,
  );
}
