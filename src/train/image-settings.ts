import { AUGMENTATIONS } from '../data/augmentation.ts';
import { LABEL_RULES } from '../data/label-rules.ts';
import { DEFAULTS } from './recipe-defaults.ts';
import { labeled, REAL, type SettingTable, SHARE, WHOLE } from './setting.ts';

/** The settings of the images. */
export const IMAGE_SETTINGS = /* @__PURE__ */ (() =>
  ({
    pictures: {
      ...WHOLE,
      group: 'images',
      low: 2,
      high: 1e8,
      label: 'Pictures per epoch',
      help: 'drawn faces per epoch',
      usual: String(DEFAULTS.drawn.pictures),
    },
    validationSplit: {
      ...SHARE,
      group: 'images',
      alias: 'valid',
      label: 'Validation split',
      help: 'share of the images held out for validation (drawn faces: drawn in addition); 0 for none',
      hint: 'Share held out, 0 = none.',
      usual: `${DEFAULTS.drawn.validationSplit} for drawn faces, ${DEFAULTS.folder.validationSplit} with --data`,
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
      ...WHOLE,
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
      ...REAL,
      group: 'images',
      low: 0,
      high: 1,
      unit: 'alpha',
      label: 'Mixup',
      help: 'alpha of mixup, which blends pairs of images; 0 for none',
      hint: '0 = off.',
      usual: String(DEFAULTS.mixup),
    },
  }) as const satisfies Partial<SettingTable>)();
