import { LARGEST } from '../gpu/check-options.ts';
import type { Recipe } from './recipes.ts';

interface Common {
  /** section of the help and of the form */
  group: 'images' | 'training' | 'network';
  /** in a form */
  label: string;
  /** one line for `--help` */
  help: string;
  /** one line below the field of a form */
  hint?: string;
  /** short name on the command line and in URLs */
  alias?: string;
  /** the default in words, for `--help` */
  usual: string;
}

/** A number from `low` to `high`. */
export interface NumberSetting extends Common {
  kind: 'number';
  /** integers only */
  whole: boolean;
  low: number;
  high: number;
  /** `high` itself is excluded */
  below?: boolean;
  /** name of the value in `--help` */
  unit: string;
}

/** A choice among several values. */
export interface ChoiceSetting extends Common {
  kind: 'choice';
  /** values with their labels */
  options: readonly (readonly [value: string, label: string])[];
}

/** A switch. */
export interface SwitchSetting extends Common {
  kind: 'switch';
  /** labels of on and off */
  options: readonly [on: string, off: string];
  /** one line for `--no-...` */
  helpOff: string;
}

/** Description and limits of one setting of a recipe. */
export type RecipeSetting = NumberSetting | ChoiceSetting | SwitchSetting;

type SettingFor<T> = T extends number ? NumberSetting : T extends boolean ? SwitchSetting : ChoiceSetting;

/** The description of every setting of a recipe. */
export type SettingTable = { readonly [K in keyof Recipe]: SettingFor<Recipe[K]> };

/** A number from 0 (inclusive) to 1 (exclusive). */
export const SHARE = { kind: 'number', whole: false, low: 0, high: 1, below: true, unit: 'share' } as const;
/** An integer. */
export const WHOLE = { kind: 'number', whole: true, unit: 'n' } as const;
/** Any number. */
export const REAL = { kind: 'number', whole: false } as const;

/** Returns values with their labels, as the options of a choice. */
export const labeled = <T extends string>(values: readonly T[], labels: Record<T, string>) =>
  values.map((value) => [value, labels[value]] as const);

/** Describes the valid values of a setting for which `value` is not valid. */
export function expectedOf(setting: RecipeSetting, value: unknown): string {
  if (setting.kind === 'switch') return 'true or false';
  if (setting.kind === 'choice') return `one of ${setting.options.map(([value]) => value).join(', ')}`;
  const { low, high, below } = setting;
  const what = setting.whole ? 'a whole number' : 'a number';
  if (typeof value === 'number' && value > LARGEST) return 'a number within the range of f32, at most 3.4e38';
  if (high === LARGEST) return `${what} of at least ${low}`;
  return below ? `${what} of at least ${low} and below ${high}` : `${what} from ${low} to ${high}`;
}

/** Returns whether a value is valid for a setting. */
export function isValue(setting: RecipeSetting, value: unknown): boolean {
  if (setting.kind === 'switch') return typeof value === 'boolean';
  if (setting.kind === 'choice') return setting.options.some(([option]) => option === value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  const { low, high, below = false } = setting;
  return (
    value >= low && (below ? value < high : value <= high) && (!setting.whole || Number.isInteger(value))
  );
}
