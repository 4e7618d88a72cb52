import { checkOptions } from '../gpu/check-options.ts';
import { expectModule } from '../layers/expect-module.ts';
import { expectState } from '../layers/expect-state.ts';
import type { Module } from '../layers/module.ts';
import type { StateDict, StateEntry } from '../layers/state-dict.ts';
import { type BlockConfig, networkConfig } from '../models/fer-mobilenetv3/config.ts';
import type { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { ImageClassifier } from '../models/image-classifier.ts';
import { sameShape, show } from '../tensor/shape.ts';
import { namedShapes } from './check-state.ts';

/** The result of a weight transfer: which values a model received from other weights, and which it kept. */
export class TransferReport {
  /** names in the model, and the names of their values in the other weights */
  readonly taken: { name: string; from: string }[] = [];
  /** names in the model that kept their values, with the reason */
  readonly kept: { name: string; reason: string }[] = [];
  /** names in the other weights that were not used */
  unused: string[] = [];

  /** Formats the report: one line per reason, with the layers it applies to. */
  toString(): string {
    const { taken, kept, unused } = this;
    const reasons = new Map<string, string[]>();
    for (const { name, reason } of kept) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
    const moved = taken.filter(({ name, from }) => name !== from);
    const pairs = new Set(moved.map(({ name, from }) => `${layerOf(from)} as ${layerOf(name)}`));
    const lines = [`loaded: ${taken.length} of ${taken.length + kept.length} parameters and statistics`];
    if (pairs.size > 0) lines.push(`  under other names: ${[...pairs].join(', ')}`);
    for (const [reason, names] of reasons) {
      const others = [...taken, ...kept].map(({ name }) => name).filter((name) => !names.includes(name));
      lines.push(`kept: ${layersOf(names, others)}: ${reason}`);
    }
    const used = taken.map(({ from }) => from);
    if (unused.length > 0) lines.push(`not used: ${layersOf(unused, used)}`);
    return lines.join('\n');
  }
}

/** Options of `loadMobileNetV3Large`. */
export interface MobileNetV3LargeOptions {
  /** layers that keep their values, by path (default `PAPER_FRESH`; none for the variant `large`) */
  fresh?: readonly string[];
}

/** Layers that the paper trains from scratch: from features.13 on its network is narrower than ImageNet's. */
export const PAPER_FRESH = [
  'features.13',
  'features.14',
  'features.15',
  'features.16',
  'classifier_1',
  'classifier_2',
];

/**
 * Initializes a network from torchvision's `mobilenet_v3_large` (ImageNet) as in Liang et al.: all layers except
 * features.13 to features.16 and the heads. Layers are matched by their role in the block, since an attention module
 * that only one of the networks has shifts the indices after it: features.9.block.2 in torchvision is
 * features.9.block.3 here. Attention is copied if both networks use squeeze-excitation. In torchvision the first six
 * blocks were trained with ReLU.
 *
 * @param model on its device
 * @param state torchvision's state dict, such as `torchState(decodeTorch(bytes))`
 * @returns a report of copied and kept layers
 * @throws Error when nothing fits because the weights are not those of mobilenet_v3_large
 */
export function loadMobileNetV3Large(
  model: FerMobileNetV3,
  state: StateDict,
  options: MobileNetV3LargeOptions = {},
): TransferReport {
  expectModule('loadMobileNetV3Large', model);
  expectState('loadMobileNetV3Large', state);
  checkOptions('loadMobileNetV3Large', options, { fresh: layersRule });
  const { fresh = model.variant === 'large' ? [] : PAPER_FRESH } = options;
  const theirs = networkConfig('large').blocks.map(partsOf);
  const ours = networkConfig(model.variant).blocks.map(partsOf);
  return transfer(model, state, (name) => {
    if (fresh.some((layer) => name.startsWith(`${layer}.`)))
      return { reason: 'trained from scratch, as in the paper' };
    const [, block = '', place = '', rest = ''] = /^features\.(\d+)\.block\.(\d+)\.(.*)$/.exec(name) ?? [];
    const [there, here] = [theirs[Number(block) - 1], ours[Number(block) - 1]];
    const part = here?.[Number(place)];
    if (!there || !part) return { from: name };
    const index = there.indexOf(part);
    if (index >= 0) return { from: `features.${block}.block.${index}.${rest}` };
    const other = there.find((kind) => ATTENTION.includes(kind)) ?? 'none';
    return { reason: `its attention differs (got ${other}, expected ${part})` };
  });
}

/**
 * Initializes a model from other weights. A FerMobileNetV3 loads those of torchvision's mobilenet_v3_large as by
 * `loadMobileNetV3Large`; otherwise all entries with the same name and shape are loaded, such as those of the same network
 * with other classes.
 *
 * @param model on its device
 * @returns a report of the values that were copied and of those that were not, with reasons
 *
 * @throws Error when nothing fits
 */
export function transferWeights(model: Module, state: StateDict): TransferReport {
  expectModule('transferWeights', model);
  expectState('transferWeights', state);
  const isLarge = state.get('features.16.0.weight')?.shape[0] === networkConfig('large').tail;
  return isLarge && 'variant' in model
    ? loadMobileNetV3Large(model as FerMobileNetV3, state)
    : transfer(model, state, (name) => ({ from: name }));
}

function layersRule(value: unknown): string | undefined {
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return isList ? undefined : 'a list of layer paths';
}

const ATTENTION: readonly string[] = ['se', 'ca', 'maxca', 'cpsca'] satisfies BlockConfig['attention'][];

/** Returns the parts of a block in the order of `block.0`, `block.1`, ...; attention is named by its kind. */
function partsOf(
  { expanded, attention }: BlockConfig,
  index: number,
  blocks: readonly BlockConfig[],
): string[] {
  const input = blocks[index - 1]?.output ?? 16;
  return [
    ...(expanded === input ? [] : ['expansion']),
    'depthwise',
    ...(attention === 'none' ? [] : [attention]),
    'projection',
  ];
}

function transfer(
  model: Module,
  state: StateDict,
  source: (name: string) => { from: string } | { reason: string },
): TransferReport {
  const report = new TransferReport();
  const values: StateDict = new Map();
  for (const [name, wanted] of namedShapes(model)) {
    const found = source(name);
    const given = 'from' in found ? state.get(found.from) : undefined;
    const reason = 'reason' in found ? found.reason : misfit(given, wanted);
    if (reason !== null || !('from' in found)) report.kept.push({ name, reason: reason ?? '' });
    else {
      values.set(name, given as StateEntry);
      report.taken.push({ name, from: found.from });
    }
  }
  if (report.taken.length === 0) {
    const names = [...state.keys()].slice(0, 3).join(', ');
    const whose =
      'variant' in model
        ? "a FER-MobileNetV3 or torchvision's mobilenet_v3_large"
        : model instanceof ImageClassifier
          ? model.model
          : 'the same network';
    throw new Error(
      `none of the weights fit this model (the first names are ${names || 'none'}). Use weights of ${whose}.`,
    );
  }
  model.loadStateDict(values, { strict: false });
  const used = new Set(report.taken.map(({ from }) => from));
  report.unused = [...state.keys()].filter(
    (name) => !used.has(name) && !name.endsWith('.num_batches_tracked'),
  );
  return report;
}

function misfit(given: StateEntry | undefined, wanted: readonly number[]): string | null {
  if (!given) return 'missing in the other weights';
  return sameShape(given.shape, wanted)
    ? null
    : `its shape differs (got ${show(given.shape)}, expected ${show(wanted)})`;
}

/**
 * Returns the layers of parameters: `features.13` if none of its parameters is among the others, otherwise
 * `features.13.block.2`.
 */
function layersOf(names: readonly string[], others: readonly string[]): string {
  const shared = new Set(others.map(moduleOf));
  return [
    ...new Set(names.map((name) => (shared.has(moduleOf(name)) ? layerOf(name) : moduleOf(name)))),
  ].join(', ');
}

/** Returns `features.4.block.2` for `features.4.block.2.fc1.weight`. */
function layerOf(name: string): string {
  return /^features\.\d+(\.block\.\d+)?|^classifier[^.]*(\.\d+)?/.exec(name)?.[0] ?? moduleOf(name);
}

/** Returns `features.4` for the same name, and `layer1.0` for `layer1.0.conv1.weight`. */
function moduleOf(name: string): string {
  return /^(features|blocks|layer\d|stage\d)\.\d+|^[^.]+/.exec(name)?.[0] ?? name;
}
