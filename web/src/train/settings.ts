import { type ChoiceSetting, parseSetting, RECIPE_SETTINGS, type Recipe, withDefaults } from 'feathergrad';

/** Settings of a recipe in the form, in the order of the URL. */
const NAMES = [
  'labels',
  'model',
  'variant',
  'side',
  'batch',
  'epochs',
  'train',
  'pictures',
  'validationSplit',
  'optimizer',
  'learningRate',
  'schedule',
  'lambda',
  'center',
  'over',
  'augmentation',
  'labelSmoothing',
  'dropout',
  'weightDecay',
  'clipNorm',
  'ema',
  'sam',
  'recompute',
  'mirror',
  'bnMomentum',
  'zeroInitResidual',
  'seed',
] as const satisfies readonly (keyof Recipe)[];
type RecipeField = (typeof NAMES)[number];
/** the names of the settings that a form and a link may contain */
export const SETTING_LIST: readonly SettingName[] = NAMES;

export const DATA_KINDS = [
  ['drawn', 'Drawn'],
  ['folder', 'Folder'],
  ['ferplus', 'FER+'],
  ['shots', 'Webcam'],
] as const;
export type DataKind = (typeof DATA_KINDS)[number][0];

/** State of the form: the settings of a recipe, and the kind of data. */
export type Settings = Pick<Recipe, RecipeField> & { data: DataKind };
export type SettingName = RecipeField;

export type Field =
  | { kind: 'number'; label: string; hint?: string }
  | { kind: 'choice'; label: string; hint?: string; options: ChoiceSetting['options'] };

/** A field of the form, from the table of all settings. */
export function fieldOf(name: SettingName): Field {
  const setting = RECIPE_SETTINGS[name];
  const { label, hint } = setting;
  const words = { label, ...(hint && { hint }) };
  if (setting.kind === 'number') return { kind: 'number', ...words };
  if (setting.kind === 'choice') return { kind: 'choice', ...words, options: setting.options };
  const [on, off] = setting.options;
  return {
    kind: 'choice',
    ...words,
    options: [
      ['true', on],
      ['false', off],
    ],
  };
}

/** Defaults. Some depend on the kind of data and the optimizer. */
export function defaultsFor({ data = 'drawn', optimizer }: Partial<Settings>): Settings {
  const all = withDefaults(
    { ...(optimizer && { optimizer }), ...(data === 'shots' && { batch: 8 }) },
    data === 'drawn',
  );
  const entries = NAMES.map((name) => [name, all[name]] as const);
  return { data, ...(Object.fromEntries(entries) as unknown as Pick<Recipe, RecipeField>) };
}

/**
 * Returns the recipe for `plan`: the settings without those that do not apply to this data or to the other settings.
 */
export function recipeOf(settings: Settings): Partial<Recipe> {
  const { data, labels, pictures, validationSplit, augmentation, center, over, variant, ...rest } = settings;
  return {
    ...rest,
    ...(settings.model === 'fer_mobilenetv3' && { variant }),
    ...(data === 'drawn' && { pictures }),
    ...(data === 'ferplus' ? { labels } : { validationSplit }),
    ...(data !== 'drawn' && { augmentation }),
    ...(settings.lambda > 0 && { center, over }),
  };
}

/** Whether there are validation images; otherwise the page shows training images. */
export const isHeldOut = ({ data, validationSplit }: Settings): boolean =>
  data === 'ferplus' || validationSplit > 0;

/** Parses settings from a URL. Invalid ones get their defaults and are listed in `wrong`. */
export function settingsFrom(params: URLSearchParams): { settings: Settings; wrong: string[] } {
  const chosen: Record<string, unknown> = {};
  const wrong: string[] = [];
  const data = params.get('data');
  if (data !== null) {
    if (DATA_KINDS.some(([kind]) => kind === data)) chosen.data = data;
    else wrong.push(`data=${data} (expected one of ${DATA_KINDS.map(([kind]) => kind).join(', ')})`);
  }
  for (const name of NAMES) {
    const { alias } = RECIPE_SETTINGS[name];
    const text = params.get(name) ?? (alias ? params.get(alias) : null);
    if (text === null) continue;
    const parsed = parseSetting(name, text);
    if ('value' in parsed) chosen[name] = parsed.value;
    else wrong.push(`${name}=${text} (${parsed.wrong})`);
  }
  return { settings: { ...defaultsFor(chosen), ...chosen }, wrong };
}

/** Returns the settings that differ from their defaults, as parameters of the URL. */
export function paramsOf(settings: Settings): URLSearchParams {
  const { data, optimizer } = settings;
  const params = new URLSearchParams();
  if (data !== 'drawn') params.set('data', data);
  const plain = defaultsFor({ data });
  const usual = defaultsFor({ data, optimizer });
  for (const name of NAMES) {
    const standard = name === 'optimizer' ? plain.optimizer : usual[name];
    if (settings[name] !== standard) params.set(name, String(settings[name]));
  }
  return params;
}
