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

/** Describes the valid values of a setting. */
export function expectedOf(setting: RecipeSetting): string {
  if (setting.kind === 'switch') return 'true or false';
  if (setting.kind === 'choice') return `one of ${setting.options.map(([value]) => value).join(', ')}`;
  const { low, high, below } = setting;
  const what = setting.whole ? 'a whole number' : 'a number';
  if (high === Number.POSITIVE_INFINITY) return `${what} of at least ${low}`;
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
