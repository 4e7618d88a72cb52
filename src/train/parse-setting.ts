import {
  checkValue,
  nearest,
  type OptionRules,
  oneOf,
  type Rule,
  text as textRule,
} from '../gpu/check-options.ts';
import { parseNumber } from '../text/parse-number.ts';
import { RECIPE_SETTINGS, SETTING_NAMES } from './recipe-settings.ts';
import type { Recipe } from './recipes.ts';
import { expectedOf, isValue, type RecipeSetting } from './setting.ts';

/** Parses the text of a setting: returns its value, or a description of the valid values. */
export function parseSetting<K extends keyof Recipe>(
  name: K,
  text: string,
): { value: Recipe[K] } | { wrong: string } {
  checkValue('parseSetting', 'name', name, (value) => oneOf(value, Object.keys(RECIPE_SETTINGS)));
  checkValue('parseSetting', 'text', text, textRule);
  const setting: RecipeSetting = RECIPE_SETTINGS[name];
  const value =
    setting.kind === 'number'
      ? parseNumber(text)
      : setting.kind === 'choice'
        ? text
        : text === 'true' || (text === 'false' ? false : null);
  if (isValue(setting, value)) return { value: value as Recipe[K] };
  const near =
    setting.kind === 'choice'
      ? nearest(
          text,
          setting.options.map(([option]) => option),
        )
      : undefined;
  return { wrong: `expected ${expectedOf(setting, value)}${near ? `; did you mean ${near}?` : ''}` };
}

const ruleOf =
  (setting: RecipeSetting): Rule =>
  (value) =>
    isValue(setting, value) ? undefined : expectedOf(setting, value);

/** The rules of `checkOptions` for a recipe. */
export const RECIPE_RULES = /* @__PURE__ */ (() =>
  Object.fromEntries(
    SETTING_NAMES.map((name) => [name, ruleOf(RECIPE_SETTINGS[name])]),
  ))() as unknown as OptionRules<Recipe>;
