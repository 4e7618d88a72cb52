import { LARGEST } from '../gpu/check-options.ts';
import { VARIANTS } from '../models/fer-mobilenetv3/config.ts';
import { MODEL_LABELS, MODEL_NAMES } from '../models/names.ts';
import { DEFAULTS } from './recipe-defaults.ts';
import { labeled, REAL, type SettingTable, SHARE } from './setting.ts';

/** The settings of the network and its loss. */
export const NETWORK_SETTINGS = /* @__PURE__ */ (() =>
  ({
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
      ...SHARE,
      group: 'network',
      label: 'Batch-norm momentum',
      help: `momentum of batch norm; 0 chooses it: ${DEFAULTS.bnMomentum.long} (the paper's) from ${DEFAULTS.bnMomentum.longRun.toLocaleString('en')} steps, ${DEFAULTS.bnMomentum.short} in shorter runs, up to ${DEFAULTS.bnMomentum.most} in very short ones`,
      hint: `0 = choose automatically; the paper uses ${DEFAULTS.bnMomentum.long}.`,
      usual: '0',
    },
    dropout: {
      ...SHARE,
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
      ...REAL,
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
      ...SHARE,
      group: 'network',
      label: 'Label smoothing',
      help: 'label smoothing of the cross-entropy',
      usual: String(DEFAULTS.labelSmoothing),
    },
    lambda: {
      ...REAL,
      group: 'network',
      low: 0,
      high: LARGEST,
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
  }) as const satisfies Partial<SettingTable>)();
