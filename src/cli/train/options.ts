import type { ImageColor } from '../../models/fer-mobilenetv3/config.ts';
import { SETTING_NAMES } from '../../train/recipe-settings.ts';
import { RECIPES, type Recipe, type RecipeName } from '../../train/recipes.ts';

/** Options of `feathergrad train`. */
export interface TrainOptions {
  /** settings given on the command line */
  typed: Partial<Recipe>;
  recipe?: RecipeName;
  /** path of the images (default: drawn faces) */
  data?: string;
  stream?: boolean;
  subset?: number;
  /** path of soft targets, and their weight beside the labels */
  targets?: string;
  targetsWeight?: number;
  /** path of the initial weights */
  init?: string;
  /** color of the images that the initial weights were trained on, kept for a resumed run */
  initColor?: ImageColor;
  /** entry of `init`, and prefix to remove from its names */
  key?: string;
  stripPrefix?: string;
  resume?: string;
  adapter?: string;
  out?: string;
  force?: boolean;
  json?: boolean;
  tune?: boolean;
  tuneSeconds?: number;
}

/** Default of `targetsWeight`. */
export const TARGETS_WEIGHT = 0.5;

/** Returns the flag of a setting: `learningRate` is `--learning-rate`. */
export function flagOf(setting: keyof Recipe): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Returns the named recipe, overridden by the settings given on the command line. */
export function recipeOf({ recipe, typed }: TrainOptions): Partial<Recipe> {
  if (recipe === undefined) return typed;
  const base: Partial<Recipe> = RECIPES[recipe];
  const merged = { ...base, ...typed };
  const isAboutCenters = typed.center !== undefined || typed.over !== undefined;
  // so that settings of the center loss are rejected if the recipe has none
  if (isAboutCenters && typed.lambda === undefined && base.lambda === 0) delete merged.lambda;
  return merged;
}

/** @throws Error for flags that need or exclude others; `checkRecipe` checks the settings */
export function checkFlags({ data, recipe, stream, subset, typed, ...options }: TrainOptions): void {
  const { targets, targetsWeight } = options;
  if (targets === undefined && targetsWeight !== undefined) {
    throw new Error(
      `--targets-weight ${targetsWeight} is the weight of soft targets. Add --targets <file>, or omit it.`,
    );
  }
  if (options.force && options.out === undefined) {
    throw new Error('--force overwrites the run in --out. Add --out <folder>, or omit --force.');
  }
  const choice = options.key !== undefined ? '--key' : '--strip-prefix';
  if (options.init === undefined && (options.key !== undefined || options.stripPrefix !== undefined)) {
    throw new Error(`${choice} needs a weights file. Add --init <file>.`);
  }
  if (data !== undefined) {
    if (typed.pictures === undefined) return;
    throw new Error(
      '--pictures is the number of drawn faces and cannot be combined with --data. Omit one of the two.',
    );
  }
  const ofData = { recipe, labels: typed.labels, stream, subset, targets };
  const lonely = Object.entries(ofData).find(([, value]) => value !== undefined);
  if (!lonely) return;
  const [flag, value] = lonely;
  throw new Error(
    `--${flag}${value === true ? '' : ` ${value}`} is for your own images. Add --data, or omit it.`,
  );
}

/** Separates the recipe's settings from the other options. */
export function sortOptions(options: Record<string, unknown>): TrainOptions {
  const names: readonly string[] = SETTING_NAMES;
  const entries = Object.entries(options);
  const typed: Partial<Recipe> = Object.fromEntries(entries.filter(([name]) => names.includes(name)));
  return { ...Object.fromEntries(entries.filter(([name]) => !names.includes(name))), typed };
}
