import { checkOptions } from '../gpu/check-options.ts';
import type { Module } from '../layers/module.ts';
import type { StateDict, StateEntry } from '../layers/state-dict.ts';
import { type BlockConfig, networkConfig } from '../models/fer-mobilenetv3/config.ts';
import type { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { sameShape, show } from '../tensor/shape.ts';
import { namedShapes } from './check-state.ts';

/** What a model took from other weights, and what it did not. */
export class TransferReport {
  /** names in the model, and the names that their values had */
  readonly taken: { name: string; from: string }[] = [];
  /** names in the model that kept their values, and why */
  readonly kept: { name: string; reason: string }[] = [];
  /** names of the other weights that nothing was taken from */
  unused: string[] = [];

  /** One line a reason, with the layers that it holds for. */
  toString(): string {
    const { taken, kept, unused } = this;
    const reasons = new Map<string, string[]>();
    for (const { name, reason } of kept) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
    const moved = taken.filter(({ name, from }) => name !== from);
    const pairs = new Set(moved.map(({ name, from }) => `${layerOf(from)} as ${layerOf(name)}`));
    const lines = [`taken: ${taken.length} of ${taken.length + kept.length} parameters and statistics`];
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

/** What `loadMobileNetV3Large` takes. */
export interface MobileNetV3LargeOptions {
  /** layers that keep their values, by path; `PAPER_FRESH` when left out, none for the variant `large` */
  fresh?: readonly string[];
}

/** What the paper did not take from ImageNet: its tail is narrower from features.13 on. */
export const PAPER_FRESH = [
  'features.13',
  'features.14',
  'features.15',
  'features.16',
  'classifier_1',
  'classifier_2',
];

/**
 * Starts a network from torchvision's `mobilenet_v3_large` (ImageNet), as Liang et al. did: all but features.13 to
 * features.16 and the heads. Layers are matched by their part in the block, since an attention that only one of the
 * two networks has moves the numbers of those behind it: features.9.block.2 there is features.9.block.3 here.
 * Attention is taken where both have squeeze-excitation. The first six blocks learned with ReLU there.
 *
 * @param model on its device
 * @param state torchvision's, such as `torchState(decodeTorch(bytes))`
 * @returns what was taken and what was not, by name
 * @throws Error when nothing fits: other weights than mobilenet_v3_large's
 */
export function loadMobileNetV3Large(
  model: FerMobileNetV3,
  state: StateDict,
  options: MobileNetV3LargeOptions = {},
): TransferReport {
  checkOptions('loadMobileNetV3Large', options, { fresh: layersRule });
  const { fresh = model.variant === 'large' ? [] : PAPER_FRESH } = options;
  const theirs = networkConfig('large').blocks.map(partsOf);
  const ours = networkConfig(model.variant).blocks.map(partsOf);
  return transfer(model, state, (name) => {
    if (fresh.some((layer) => name.startsWith(`${layer}.`)))
      return { reason: 'starts anew, as in the paper' };
    const [, block = '', place = '', rest = ''] = /^features\.(\d+)\.block\.(\d+)\.(.*)$/.exec(name) ?? [];
    const [there, here] = [theirs[Number(block) - 1], ours[Number(block) - 1]];
    const part = here?.[Number(place)];
    if (!there || !part) return { from: name };
    const index = there.indexOf(part);
    if (index >= 0) return { from: `features.${block}.block.${index}.${rest}` };
    const other = there.find((kind) => ATTENTION.includes(kind)) ?? 'none';
    return { reason: `its attention differs (${other} there, ${part} here)` };
  });
}

/**
 * Starts a model from other weights: from torchvision's mobilenet_v3_large as `loadMobileNetV3Large` does, else from
 * whatever has the same name and shape, such as a network of the same variant with other classes.
 *
 * @throws Error when nothing fits
 */
export function transferWeights(model: FerMobileNetV3, state: StateDict): TransferReport {
  const isLarge = state.get('features.16.0.weight')?.shape[0] === networkConfig('large').tail;
  return isLarge ? loadMobileNetV3Large(model, state) : transfer(model, state, (name) => ({ from: name }));
}

function layersRule(value: unknown): string | undefined {
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return isList ? undefined : 'a list of layers by their paths';
}

const ATTENTION: readonly string[] = ['se', 'ca', 'maxca', 'cpsca'] satisfies BlockConfig['attention'][];

/** The parts of a block in their order, as `block.0`, `block.1`, ...: an attention by its kind. */
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
    throw new Error(`none of the weights fits this model: they begin with ${names || 'nothing'}`);
  }
  model.loadStateDict(values, { strict: false });
  const used = new Set(report.taken.map(({ from }) => from));
  report.unused = [...state.keys()].filter(
    (name) => !used.has(name) && !name.endsWith('.num_batches_tracked'),
  );
  return report;
}

function misfit(given: StateEntry | undefined, wanted: readonly number[]): string | null {
  if (!given) return 'missing there';
  return sameShape(given.shape, wanted)
    ? null
    : `its shape differs (${show(given.shape)} there, ${show(wanted)} here)`;
}

/** The layers of parameters: `features.13` where none of its own is among the others, else `features.13.block.2`. */
function layersOf(names: readonly string[], others: readonly string[]): string {
  const shared = new Set(others.map(moduleOf));
  return [
    ...new Set(names.map((name) => (shared.has(moduleOf(name)) ? layerOf(name) : moduleOf(name)))),
  ].join(', ');
}

/** `features.4.block.2` of `features.4.block.2.fc1.weight` */
function layerOf(name: string): string {
  return /^features\.\d+(\.block\.\d+)?|^classifier[^.]*(\.\d+)?/.exec(name)?.[0] ?? name;
}

/** `features.4` of the same */
function moduleOf(name: string): string {
  return /^features\.\d+|^classifier[^.]*/.exec(name)?.[0] ?? name;
}
