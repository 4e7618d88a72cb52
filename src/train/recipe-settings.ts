// The table of all training settings with ranges, defaults, labels and help. The flags of the command line and the form
// of the web app are generated from it, and `plan` checks recipes against it.

import { IMAGE_SETTINGS } from './image-settings.ts';
import { NETWORK_SETTINGS } from './network-settings.ts';
import type { Recipe } from './recipes.ts';
import type { SettingTable } from './setting.ts';
import { TRAINING_SETTINGS } from './training-settings.ts';

/** Every setting of a `Recipe`. */
export const RECIPE_SETTINGS: SettingTable = /* @__PURE__ */ (() => ({
  ...IMAGE_SETTINGS,
  ...TRAINING_SETTINGS,
  ...NETWORK_SETTINGS,
}))();

/** The names of all settings. */
export const SETTING_NAMES = /* @__PURE__ */ Object.keys(RECIPE_SETTINGS) as (keyof Recipe)[];
