import type { AugmentationName } from '../../data/augmentation.ts';
import type { LabelRule } from '../../data/label-rules.ts';
import type { Variant } from '../../models/fer-mobilenetv3/config.ts';
import type { CenterKind } from '../../tensor/ops/center-loss.ts';
import { RECIPES, type RecipeName } from '../../train/recipes.ts';

export const OPTIMIZERS = ['adamw', 'adam', 'sgd'] as const;
export const SCHEDULES = ['cosine', 'plateau', 'step', 'constant'] as const;

/**
 * What a run takes where nothing is said. The drawn faces' part is chosen for `npm run demo`: above 95 % on faces
 * it has not seen, within two minutes on two CPU cores.
 */
export const DEFAULTS = {
  drawn: { epochs: 11, pictures: 1600, valid: 0.4, optimizer: 'sgd' },
  folder: { epochs: 20, valid: 0.1, optimizer: 'adamw' },
  size: 48,
  batch: 32,
  seed: 1,
  learningRate: { adamw: 2e-3, adam: 1e-3, sgd: 0.2 },
  weightDecay: { adamw: 0.01, adam: 0, sgd: 0 },
  dropout: 0.2,
  /** share of all steps over which the cosine schedule warms up */
  warmup: 0.1,
  /** batch norm's: the paper's needs some 500 steps to settle, so a shorter run takes more, up to `most` */
  momentum: { paper: 0.01, short: 0.1, most: 0.5, longRun: 5000 },
} as const;

/** The options of `feathergrad train` as they were typed. */
export interface TrainOptions {
  data?: string;
  recipe?: RecipeName;
  labels?: LabelRule;
  /** what the recipe makes of votes, where a set has them */
  votes?: LabelRule;
  stream?: boolean;
  pictures?: number;
  subset?: number;
  valid?: number;
  epochs?: number;
  size: number;
  batch: number;
  seed: number;
  variant: Variant;
  /** path of weights to start from */
  init?: string;
  optimizer?: (typeof OPTIMIZERS)[number];
  lr?: number;
  weightDecay?: number;
  clip: number;
  dropout: number;
  schedule: (typeof SCHEDULES)[number];
  warmup?: number;
  labelSmoothing: number;
  lambda: number;
  center: CenterKind;
  over: 'embedding' | 'logits';
  bnMomentum?: number;
  earlyStop?: number;
  augment?: AugmentationName;
  mixup?: number;
  balance?: number;
  ema?: number;
  zeroInit?: boolean;
  mirror?: boolean;
  accumulate?: number;
  resume?: string;
  adapter?: string;
  out?: string;
  json?: boolean;
}

/** The same with every default filled in. */
export interface TrainSettings extends TrainOptions {
  epochs: number;
  optimizer: (typeof OPTIMIZERS)[number];
  stepsPerEpoch: number;
  lr: number;
  weightDecay: number;
  /** steps */
  warmup: number;
  bnMomentum: number;
  augment: AugmentationName;
  mixup: number;
  balance: number;
  ema: number;
  zeroInit: boolean;
  mirror: boolean;
  accumulate: number;
  /** what all this was made of */
  asked: TrainOptions;
  /** by the user, not by the length of the run */
  momentumIsChosen: boolean;
}

/** The options with what the recipe says where nothing was typed; `typed` are the names of those that were. */
export function withRecipe(options: TrainOptions, typed: ReadonlySet<string>): TrainOptions {
  if (options.recipe === undefined) return options;
  const { labels, ...recipe } = RECIPES[options.recipe];
  const rest = Object.entries(recipe).filter(([name]) => !typed.has(name));
  return { ...options, ...Object.fromEntries(rest), ...(!typed.has('labels') && { votes: labels }) };
}

/** @throws Error for options that contradict one another, before anything is read or computed */
export function checkTogether(options: TrainOptions): void {
  const { lambda, center, over, warmup, schedule, earlyStop, valid, data, pictures, labels } = options;
  const { mixup = 0, batch, accumulate = 1 } = options;
  if (lambda === 0 && (center === 'released' || over === 'logits')) {
    const named = center === 'released' ? `--center ${center}` : `--over ${over}`;
    throw new Error(
      `${named} says how the centre loss works, but its weight is 0; add --lambda, such as --lambda 0.4`,
    );
  }
  if (warmup !== undefined && schedule !== 'cosine') {
    throw new Error(`--warmup belongs to the cosine schedule, not to ${schedule}; leave one of the two out`);
  }
  if (earlyStop !== undefined && valid === 0) {
    throw new Error(
      '--early-stop watches the validation accuracy, which --valid 0 leaves out; drop one of the two',
    );
  }
  if (data !== undefined && pictures !== undefined) {
    throw new Error('--pictures counts drawn faces, but --data names a folder; leave one of the two out');
  }
  const onPictures = {
    recipe: options.recipe,
    augment: options.augment === 'none' ? undefined : options.augment,
  };
  for (const [name, value] of Object.entries(onPictures)) {
    if (data !== undefined || value === undefined) continue;
    throw new Error(
      `--${name} ${value} is for pictures, and drawn faces vary by themselves; add --data, or leave it out`,
    );
  }
  if (mixup > 0 && lambda > 0) {
    throw new Error(
      '--mixup blends pictures of two classes, of which the centre loss (--lambda) wants one; set one of the two to 0',
    );
  }
  if (batch % accumulate !== 0 || batch / accumulate < 2) {
    throw new Error(
      `--accumulate ${accumulate} does not cut a batch of ${batch} into equal parts of at least 2 pictures; change one of the two`,
    );
  }
  const aboutData = { labels, stream: options.stream, subset: options.subset };
  const lonely = Object.entries(aboutData).find(([, value]) => value !== undefined);
  if (data === undefined && lonely) {
    throw new Error(`--${lonely[0]} is about pictures; add --data, or leave it out`);
  }
}

/** Fills in the defaults for a set of so many training pictures. */
export function settle(options: TrainOptions, pictures: number): TrainSettings {
  const { schedule, batch } = options;
  const kind = options.data === undefined ? DEFAULTS.drawn : DEFAULTS.folder;
  const { epochs = kind.epochs, optimizer = kind.optimizer } = options;
  const stepsPerEpoch = Math.floor(pictures / batch);
  const steps = epochs * stepsPerEpoch;
  return {
    ...options,
    asked: options,
    epochs,
    optimizer,
    stepsPerEpoch,
    lr: options.lr ?? DEFAULTS.learningRate[optimizer],
    weightDecay: options.weightDecay ?? DEFAULTS.weightDecay[optimizer],
    warmup: options.warmup ?? (schedule === 'cosine' ? Math.round(DEFAULTS.warmup * steps) : 0),
    bnMomentum: options.bnMomentum ?? momentumFor(steps),
    momentumIsChosen: options.bnMomentum !== undefined,
    augment: options.augment ?? 'none',
    mixup: options.mixup ?? 0,
    balance: options.balance ?? 0,
    ema: options.ema ?? 0,
    zeroInit: options.zeroInit ?? true, // from scratch it learns much faster
    mirror: options.mirror ?? false,
    accumulate: options.accumulate ?? 1,
  };
}

/** Few steps call for a momentum whose memory, 1 / momentum steps, is a tenth of the run. */
function momentumFor(steps: number): number {
  const { paper, short, most, longRun } = DEFAULTS.momentum;
  if (steps >= longRun) return paper;
  return Number(Math.min(most, Math.max(short, 10 / steps)).toFixed(2));
}

/** The settings in words: what the terminal and the report show. */
export function describeSettings(settings: TrainSettings): Record<string, string | number> {
  const { epochs, stepsPerEpoch, batch, size, lr, lambda, center, over, clip, labelSmoothing } = settings;
  const optimizer = { adamw: 'AdamW', adam: 'Adam', sgd: 'SGD, Nesterov momentum 0.9' }[settings.optimizer];
  const schedule = {
    cosine: settings.warmup > 0 ? `cosine after ${settings.warmup} steps of warm-up` : 'cosine',
    plateau: 'a tenth where the validation loss has not fallen for 10 epochs',
    step: `a tenth every ${stepEvery(epochs)} epochs`,
    constant: 'constant',
  }[settings.schedule];
  const centre = `${lambda} x centre loss (${center}, over the ${over})`;
  const { augment, mixup, balance, ema, accumulate } = settings;
  const target = [
    ...(labelSmoothing > 0 ? [`labels smoothed by ${labelSmoothing}`] : []),
    ...(balance > 0 ? [`classes balanced by ${balance}`] : []),
  ];
  return {
    ...(settings.recipe && { recipe: settings.recipe }),
    network: `FER-MobileNetV3${settings.variant === 'paper' ? '' : `, variant ${settings.variant}`}, dropout ${settings.dropout}${settings.zeroInit ? '' : ', residuals not begun at zero'}`,
    input: `${size} x ${size} pixels`,
    ...(augment !== 'none' && { augmentation: augment }),
    ...(mixup > 0 && { mixup: `alpha ${mixup}` }),
    epochs: `${epochs} of ${stepsPerEpoch} steps, batches of ${batch}${accumulate > 1 ? ` in ${accumulate} parts` : ''}`,
    optimizer: `${optimizer}, weight decay ${settings.weightDecay}${clip > 0 ? `, gradients clipped to ${clip}` : ''}`,
    'learning rate': `${lr}, ${schedule}`,
    loss: `cross-entropy${target.length > 0 ? ` (${target.join(', ')})` : ''}${lambda > 0 ? ` + ${centre}` : ''}`,
    'batch-norm momentum': `${settings.bnMomentum}${momentumNote(settings)}`,
    ...(ema > 0 && { 'moving average': `of the weights, decay ${ema}; validated and kept` }),
    ...(settings.mirror && { 'validated as': 'mean of each picture and its mirror image' }),
    ...(settings.earlyStop === undefined
      ? {}
      : { 'early stop': `after ${settings.earlyStop} epochs that are no better` }),
    ...(settings.init === undefined ? {} : { 'starts from': settings.init }),
    seed: settings.seed,
  };
}

/** Epochs between two falls of the `step` schedule. */
export function stepEvery(epochs: number): number {
  return Math.max(1, Math.ceil(epochs / 3));
}

function momentumNote({ bnMomentum, momentumIsChosen }: TrainSettings): string {
  const { paper } = DEFAULTS.momentum;
  const isShort = !momentumIsChosen && bnMomentum !== paper;
  return isShort ? ` for a short run (the paper's ${paper} takes 500 steps to settle)` : '';
}
