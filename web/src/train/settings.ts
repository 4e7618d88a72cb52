import { VARIANTS } from 'feathergrad';
import type { AugmentationName, LabelRule } from 'feathergrad/data';

/** How a field is asked for, checked and written into the address. */
interface NumberField {
  kind: 'number';
  label: string;
  low: number;
  high: number;
  whole?: boolean;
  hint?: string;
}
interface ChoiceField {
  kind: 'choice';
  label: string;
  options: readonly (readonly [value: string, label: string])[];
  hint?: string;
}
export type Field = NumberField | ChoiceField;

export interface Settings {
  data: 'drawn' | 'folder' | 'ferplus' | 'shots';
  rule: LabelRule;
  variant: string;
  side: number;
  batch: number;
  epochs: number;
  pictures: number;
  valid: number;
  optimizer: 'sgd' | 'adamw' | 'adam';
  lr: number;
  schedule: 'cosine' | 'plateau' | 'step' | 'constant';
  lambda: number;
  center: 'learned' | 'released';
  over: 'embedding' | 'logits';
  augment: AugmentationName;
  smoothing: number;
  dropout: number;
  decay: number;
  clip: number;
  ema: number;
  mirror: 'no' | 'yes';
  momentum: number;
  zero: 'yes' | 'no';
  seed: number;
}
export type SettingName = keyof Settings;

const whole = (label: string, low: number, high: number, hint?: string): NumberField => ({
  kind: 'number',
  label,
  low,
  high,
  whole: true,
  ...(hint && { hint }),
});
const real = (label: string, low: number, high: number, hint?: string): NumberField => ({
  kind: 'number',
  label,
  low,
  high,
  ...(hint && { hint }),
});

const VARIANT_NAMES: Record<string, string> = {
  paper: 'The paper’s network',
  large: 'MobileNetV3-Large',
  reduced: 'Reduced, no attention',
  'reduced-se': 'Reduced, SE',
  'reduced-ca': 'Reduced, CA',
  'reduced-maxca': 'Reduced, MAXCA',
  'reduced-cpsca': 'Reduced, CPSCA',
};

export const FIELDS: { readonly [K in SettingName]: Field } = {
  data: {
    kind: 'choice',
    label: 'Pictures',
    options: [
      ['drawn', 'Drawn'],
      ['folder', 'Folder'],
      ['ferplus', 'FER+'],
      ['shots', 'Webcam'],
    ],
  },
  rule: {
    kind: 'choice',
    label: 'Label by',
    options: [
      ['majority', 'Majority of votes'],
      ['argmax', 'Most votes'],
      ['distribution', 'All votes'],
    ],
    hint: 'Ten people voted on each picture.',
  },
  variant: {
    kind: 'choice',
    label: 'Variant',
    options: VARIANTS.map((name) => [name, VARIANT_NAMES[name] ?? name] as const),
  },
  side: whole('Input side', 32, 224, 'Pixels along each side; the paper has 224.'),
  batch: whole('Batch', 2, 512),
  epochs: whole('Epochs', 1, 1000),
  pictures: whole('Pictures an epoch', 2, 100_000),
  valid: real('Kept for validation', 0, 0.9, 'As a share; 0 trains without.'),
  optimizer: {
    kind: 'choice',
    label: 'Optimiser',
    options: [
      ['sgd', 'SGD'],
      ['adamw', 'AdamW'],
      ['adam', 'Adam'],
    ],
  },
  lr: real('Learning rate', 0.000001, 10),
  schedule: {
    kind: 'choice',
    label: 'Schedule',
    options: [
      ['cosine', 'Cosine'],
      ['plateau', 'On a plateau'],
      ['step', 'Steps'],
      ['constant', 'Constant'],
    ],
  },
  lambda: real('Centre loss, λ', 0, 10, 'Draws the pictures of a class together; 0 leaves it out.'),
  center: {
    kind: 'choice',
    label: 'Centres',
    options: [
      ['learned', 'Learned'],
      ['released', 'Random'],
    ],
    hint: 'Learned as in the literature, or random as in the code that the paper’s authors released.',
  },
  over: {
    kind: 'choice',
    label: 'Acts on',
    options: [
      ['embedding', 'Embedding'],
      ['logits', 'Logits'],
    ],
  },
  augment: {
    kind: 'choice',
    label: 'Pictures varied',
    options: [
      ['none', 'Not at all'],
      ['paper', 'As in the paper'],
      ['strong', 'Strongly'],
    ],
  },
  smoothing: real('Label smoothing', 0, 0.9),
  dropout: real('Dropout', 0, 0.9),
  decay: real('Weight decay', 0, 1),
  clip: real('Clip gradients to', 0, 1000, '0 leaves them as they are.'),
  ema: real('Moving average', 0, 0.99999, 'Decay of the weights’ average, which is then kept; 0 for none.'),
  mirror: {
    kind: 'choice',
    label: 'Validation',
    options: [
      ['no', 'Pictures'],
      ['yes', 'And mirrored'],
    ],
  },
  momentum: real('Batch-norm momentum', 0, 1, '0 goes by the length of the run; the paper has 0.01.'),
  zero: {
    kind: 'choice',
    label: 'Blocks begin',
    options: [
      ['yes', 'As identity'],
      ['no', 'At random'],
    ],
  },
  seed: whole('Seed', 0, 4_294_967_295),
};

const RATES = { sgd: 0.2, adamw: 0.002, adam: 0.001 } as const;

/** What is taken where nothing is said; some values follow from others. */
export function defaultsFor(chosen: Partial<Settings>): Settings {
  const data = chosen.data ?? 'drawn';
  const drawn = data === 'drawn';
  const optimizer = chosen.optimizer ?? (drawn ? 'sgd' : 'adamw');
  return {
    data,
    rule: 'majority',
    variant: 'paper',
    side: 48,
    batch: data === 'shots' ? 8 : 32,
    epochs: drawn ? 11 : 20,
    pictures: 1600,
    valid: drawn ? 0.4 : 0.1,
    optimizer,
    lr: RATES[optimizer],
    schedule: 'cosine',
    lambda: 0,
    center: 'learned',
    over: 'embedding',
    augment: 'none',
    smoothing: 0,
    dropout: 0.2,
    decay: optimizer === 'adamw' ? 0.01 : 0,
    clip: 0,
    ema: 0,
    mirror: 'no',
    momentum: 0,
    zero: 'yes',
    seed: 1,
  };
}

/** Reads one value as it was typed; a text that says what is wrong with it when it will not do. */
export function parseSetting(
  name: SettingName,
  text: string,
): { value: string | number } | { wrong: string } {
  const field = FIELDS[name];
  if (field.kind === 'choice') {
    if (field.options.some(([value]) => value === text)) return { value: text };
    return { wrong: `${field.label}: there is no “${text}”` };
  }
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const { low, high, whole: mustBeWhole = false } = field;
  if (!Number.isFinite(value) || value < low || value > high || (mustBeWhole && !Number.isInteger(value))) {
    return { wrong: `${mustBeWhole ? 'A whole number' : 'A number'} from ${low} to ${high}` };
  }
  return { value };
}

/** Settings of an address. What it gets wrong is left at its default and told. */
export function settingsFrom(params: URLSearchParams): { settings: Settings; wrong: string[] } {
  const chosen: Record<string, string | number> = {};
  const wrong: string[] = [];
  for (const name of Object.keys(FIELDS) as SettingName[]) {
    const text = params.get(name);
    if (text === null) continue;
    const parsed = parseSetting(name, text);
    if ('value' in parsed) chosen[name] = parsed.value;
    else wrong.push(`${name}=${text} (${parsed.wrong})`);
  }
  return { settings: { ...defaultsFor(chosen as Partial<Settings>), ...chosen }, wrong };
}

/** The address's part for settings: all that is not as it would be without it. */
export function paramsOf(settings: Settings): URLSearchParams {
  const params = new URLSearchParams();
  const usual = defaultsFor({ data: settings.data, optimizer: settings.optimizer });
  const plain = defaultsFor({ data: settings.data });
  for (const name of Object.keys(FIELDS) as SettingName[]) {
    const standard = name === 'data' ? 'drawn' : name === 'optimizer' ? plain.optimizer : usual[name];
    if (settings[name] !== standard) params.set(name, String(settings[name]));
  }
  return params;
}
