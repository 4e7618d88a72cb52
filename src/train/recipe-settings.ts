// One table of all training settings with ranges, defaults, labels and help. The flags of the command line and the form
// of the web app are generated from it, and `plan` checks recipes against it.

import { AUGMENTATIONS } from '../data/augmentation.ts';
import { LABEL_RULES } from '../data/label-rules.ts';
import { VARIANTS } from '../models/fer-mobilenetv3/config.ts';
import { MODEL_LABELS, MODEL_NAMES } from '../models/names.ts';
import { DEFAULTS } from './recipe-defaults.ts';
import type { Recipe } from './recipes.ts';
import type { ChoiceSetting, NumberSetting, SwitchSetting } from './setting.ts';

type SettingFor<T> = T extends number ? NumberSetting : T extends boolean ? SwitchSetting : ChoiceSetting;

const each = (values: Record<string, number>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const labeled = <T extends string>(values: readonly T[], labels: Record<T, string>) =>
  values.map((value) => [value, labels[value]] as const);

/** Every setting of a `Recipe`. */
export const RECIPE_SETTINGS: { readonly [K in keyof Recipe]: SettingFor<Recipe[K]> } =
  /* @__PURE__ */ (() => {
    const { drawn, folder, bnMomentum: momentum } = DEFAULTS;
    const share = { kind: 'number', whole: false, low: 0, high: 1, below: true, unit: 'share' } as const;
    const whole = { kind: 'number', whole: true, unit: 'n' } as const;
    const real = { kind: 'number', whole: false } as const;
    return {
      pictures: {
        ...whole,
        group: 'images',
        low: 2,
        high: 1e8,
        label: 'Pictures per epoch',
        help: 'drawn faces per epoch',
        usual: String(drawn.pictures),
      },
      validationSplit: {
        ...share,
        group: 'images',
        alias: 'valid',
        label: 'Validation split',
        help: 'share of the images held out for validation (drawn faces: drawn in addition); 0 for none',
        hint: 'Share held out, 0 = none.',
        usual: `${drawn.validationSplit} for drawn faces, ${folder.validationSplit} with --data`,
      },
      labels: {
        kind: 'choice',
        group: 'images',
        label: 'Labels',
        help: 'rule that converts the votes of FER+ to labels',
        hint: 'Ten people voted on each picture.',
        options: labeled(LABEL_RULES, {
          majority: 'Majority of votes',
          argmax: 'Most votes',
          distribution: 'Distribution of votes',
        }),
        usual: DEFAULTS.labels,
      },
      side: {
        ...whole,
        group: 'images',
        alias: 'size',
        low: 32,
        high: 4096,
        unit: 'pixels',
        label: 'Input side',
        help: 'pixels along each side of the input; images are resized to it',
        hint: 'Pixels along each side; the paper uses 224.',
        usual: String(DEFAULTS.side),
      },
      augmentation: {
        kind: 'choice',
        group: 'images',
        alias: 'augment',
        label: 'Augmentation',
        help: 'random changes of the training images',
        options: labeled(AUGMENTATIONS, { none: 'None', paper: 'Paper', strong: 'Strong' }),
        usual: DEFAULTS.augmentation,
      },
      mixup: {
        ...real,
        group: 'images',
        low: 0,
        high: 1,
        unit: 'alpha',
        label: 'Mixup',
        help: 'alpha of mixup, which blends pairs of images; 0 for none',
        hint: '0 = off.',
        usual: String(DEFAULTS.mixup),
      },
      epochs: {
        ...whole,
        group: 'training',
        low: 1,
        high: 1e6,
        label: 'Epochs',
        help: 'passes over the training images',
        usual: `${drawn.epochs} for drawn faces, ${folder.epochs} with --data`,
      },
      batch: {
        ...whole,
        group: 'training',
        low: 2,
        high: 65536,
        label: 'Batch size',
        help: 'images per step',
        usual: String(DEFAULTS.batch),
      },
      accumulate: {
        ...whole,
        group: 'training',
        low: 1,
        high: 65536,
        unit: 'parts',
        label: 'Gradient accumulation',
        help: 'gradient accumulation: split each batch into this many parts to save memory',
        usual: String(DEFAULTS.accumulate),
      },
      recompute: {
        kind: 'switch',
        group: 'training',
        label: 'Blocks in the backward pass',
        help: 'save memory: compute each block of the network again in the backward pass, with the same result',
        helpOff: 'store what the backward pass needs (default)',
        options: ['Computed again', 'Stored'],
        usual: '',
      },
      seed: {
        ...whole,
        group: 'training',
        low: 0,
        high: 2 ** 32 - 1,
        label: 'Seed',
        help: 'seed of initial weights, order, drawn faces, augmentation and dropout',
        usual: String(DEFAULTS.seed),
      },
      optimizer: {
        kind: 'choice',
        group: 'training',
        label: 'Optimizer',
        help: 'optimizer (SGD with Nesterov momentum 0.9, RMSprop with momentum 0.9)',
        options: [
          ['sgd', 'SGD'],
          ['adamw', 'AdamW'],
          ['adam', 'Adam'],
          ['rmsprop', 'RMSprop'],
        ],
        usual: `${drawn.optimizer} for drawn faces, ${folder.optimizer} with --data`,
      },
      learningRate: {
        ...real,
        group: 'training',
        alias: 'lr',
        low: 0,
        high: Number.POSITIVE_INFINITY,
        unit: 'rate',
        label: 'Learning rate',
        help: 'learning rate at the start, or at the peak after a warm-up',
        usual: each(DEFAULTS.learningRate),
      },
      weightDecay: {
        ...real,
        group: 'training',
        low: 0,
        high: Number.POSITIVE_INFINITY,
        unit: 'rate',
        label: 'Weight decay',
        help: 'weight decay: decoupled for AdamW, added to the gradient for the others',
        usual: each(DEFAULTS.weightDecay),
      },
      sam: {
        ...real,
        group: 'training',
        low: 0,
        high: Number.POSITIVE_INFINITY,
        unit: 'rho',
        label: 'SAM',
        help: 'rho of sharpness-aware minimization, such as 0.05, which doubles the cost of a step; 0 for none',
        hint: 'Rho, such as 0.05; 0 = off.',
        usual: String(DEFAULTS.sam),
      },
      schedule: {
        kind: 'choice',
        group: 'training',
        label: 'Schedule',
        help: 'learning-rate schedule',
        options: [
          ['cosine', 'Cosine'],
          ['plateau', 'Reduce on plateau'],
          ['step', 'Step decay'],
          ['constant', 'Constant'],
          ['onecycle', 'One cycle'],
        ],
        usual: DEFAULTS.schedule,
      },
      warmupSteps: {
        ...whole,
        group: 'training',
        alias: 'warmup',
        low: 0,
        high: 1e9,
        unit: 'steps',
        label: 'Warm-up steps',
        help: 'steps of linear warm-up before the cosine schedule',
        usual: `${100 * DEFAULTS.warmupShare} % of all steps`,
      },
      clipNorm: {
        ...real,
        group: 'training',
        alias: 'clip',
        low: 0,
        high: Number.POSITIVE_INFINITY,
        unit: 'norm',
        label: 'Gradient clipping',
        help: 'maximum norm of the gradient; 0 for no clipping',
        hint: 'Maximum norm, 0 = off.',
        usual: each(DEFAULTS.clipNorm),
      },
      ema: {
        ...share,
        group: 'training',
        unit: 'decay',
        label: 'EMA of weights',
        help: 'decay of the moving average of the weights, such as 0.999; 0 for none',
        hint: 'Decay, such as 0.999; 0 = off.',
        usual: String(DEFAULTS.ema),
      },
      mirror: {
        kind: 'switch',
        group: 'training',
        label: 'Validate on',
        help: 'validate with the mean over each image and its mirror image',
        helpOff: 'validate each image by itself (default)',
        options: ['Pictures + mirror images', 'Pictures'],
        usual: '',
      },
      earlyStop: {
        ...whole,
        group: 'training',
        low: 0,
        high: 1e6,
        unit: 'epochs',
        label: 'Early stop',
        help: 'stop when validation accuracy has not risen for this many epochs; 0 for never',
        usual: '0',
      },
      train: {
        kind: 'choice',
        group: 'training',
        label: 'What to train',
        help: 'part of the network to train, if the run starts from initial weights; the other layers are frozen',
        hint: 'Layers that are not trained keep the initial weights.',
        options: [
          ['all', 'All layers'],
          ['last-blocks', 'Last blocks and head'],
          ['head', 'Head only'],
        ],
        usual: DEFAULTS.train,
      },
      model: {
        kind: 'choice',
        group: 'network',
        label: 'Network',
        help: 'network',
        options: labeled(MODEL_NAMES, MODEL_LABELS),
        usual: DEFAULTS.model,
      },
      variant: {
        kind: 'choice',
        group: 'network',
        label: 'Variant',
        help: 'variant of fer_mobilenetv3',
        options: labeled(VARIANTS, {
          paper: 'The paper’s network',
          large: 'MobileNetV3-Large',
          reduced: 'Reduced, no attention',
          'reduced-se': 'Reduced, SE',
          'reduced-ca': 'Reduced, CA',
          'reduced-maxca': 'Reduced, MAXCA',
          'reduced-cpsca': 'Reduced, CPSCA',
        }),
        usual: DEFAULTS.variant,
      },
      bnMomentum: {
        ...share,
        group: 'network',
        label: 'Batch-norm momentum',
        help: `momentum of batch norm; 0 chooses it: ${momentum.long} (the paper's) from ${momentum.longRun.toLocaleString('en')} steps, ${momentum.short} in shorter runs, up to ${momentum.most} in very short ones`,
        hint: `0 = choose automatically; the paper uses ${momentum.long}.`,
        usual: '0',
      },
      dropout: {
        ...share,
        group: 'network',
        label: 'Dropout',
        help: 'share of the embedding that dropout sets to 0',
        usual: String(DEFAULTS.dropout),
      },
      zeroInitResidual: {
        kind: 'switch',
        group: 'network',
        label: 'Residual blocks start as',
        help: 'residual blocks start as the identity (default)',
        helpOff: 'residual blocks use the default initialization',
        options: ['Identity', 'Random'],
        usual: '',
      },
      balance: {
        ...real,
        group: 'network',
        low: 0,
        high: 1,
        unit: 'power',
        label: 'Class balance',
        help: 'class weights in the loss: power of the inverse class frequency, 0 (equal) to 1',
        hint: '0 = off, 1 = in full.',
        usual: String(DEFAULTS.balance),
      },
      labelSmoothing: {
        ...share,
        group: 'network',
        label: 'Label smoothing',
        help: 'label smoothing of the cross-entropy',
        usual: String(DEFAULTS.labelSmoothing),
      },
      lambda: {
        ...real,
        group: 'network',
        low: 0,
        high: Number.POSITIVE_INFINITY,
        unit: 'weight',
        label: 'Center loss, λ',
        help: 'weight of the center loss; 0 for none, the paper uses 0.4',
        hint: 'Pulls each class together; 0 = off.',
        usual: String(DEFAULTS.lambda),
      },
      center: {
        kind: 'choice',
        group: 'network',
        label: 'Centers',
        help: "centers of the center loss, as in the literature or as in the paper's released code",
        hint: 'Learned as in the literature, or random as in the code that the paper’s authors released.',
        options: [
          ['learned', 'Learned'],
          ['released', 'Random'],
        ],
        usual: DEFAULTS.center,
      },
      over: {
        kind: 'choice',
        group: 'network',
        label: 'Acts on',
        help: 'features to which the center loss applies',
        options: [
          ['embedding', 'Embedding'],
          ['logits', 'Logits'],
        ],
        usual: DEFAULTS.over,
      },
    };
  })();

/** The names of all settings. */
export const SETTING_NAMES = /* @__PURE__ */ Object.keys(RECIPE_SETTINGS) as (keyof Recipe)[];
