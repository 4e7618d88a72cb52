import { IMAGENET_MEAN, IMAGENET_STD } from '../../data/imagenet.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import type { ImageClassifier } from '../image-classifier.ts';
import { type ImageColor, VARIANTS, type Variant } from './config.ts';
import type { FerMobileNetV3Options } from './fer-mobilenetv3.ts';
import { WeightsError } from './weights-error.ts';

type Triple = readonly [number, number, number];

/** Properties of a network beyond its weights. Missing ones are read from the metadata, then inferred from the names. */
export type NetworkFacts = Pick<
  FerMobileNetV3Options,
  'variant' | 'classes' | 'side' | 'mean' | 'std' | 'color' | 'mirror'
>;

/** Name of the class in weights files. */
const FILE_NAME = 'FerMobileNetV3';

/**
 * Returns the metadata of a weights file, from which the network can be rebuilt, its input prepared and its evaluation
 * repeated. All values are strings; lists are JSON. `color` and `testTimeMirror` are omitted if they have their
 * defaults.
 */
export function networkMetadata(model: ImageClassifier): Record<string, string> {
  const { variant } = model;
  return {
    model: variant === undefined ? model.model : FILE_NAME,
    ...(variant !== undefined && { variant }),
    classes: JSON.stringify(model.classNames),
    input_side: String(model.side),
    mean: JSON.stringify(model.mean),
    std: JSON.stringify(model.std),
    ...(model.color === 'gray' && { color: model.color }),
    ...(model.mirror && { testTimeMirror: 'true' }),
  };
}

/** Returns the name of the network in a file's metadata, as for `getModel`; undefined if there is none. */
export function modelNameIn(metadata: Readonly<Record<string, string>>): string | undefined {
  return metadata.model === FILE_NAME ? 'fer_mobilenetv3' : metadata.model;
}

/**
 * Returns the options of the FerMobileNetV3 to which a state belongs. Class names come from `facts`, otherwise from the
 * metadata; without either, `classes` is the number of outputs, and the network calls them `class 0`, `class 1`, ...
 *
 * @param state under the reference's PyTorch names
 * @param metadata as `networkMetadata` writes it; any part may be missing
 * @param facts properties that override the metadata; a number for `classes` only checks the number of outputs
 * @throws WeightsError when the names are not those of a FerMobileNetV3, leave the variant open, or contradict the
 *   metadata
 */
export function networkOf(
  state: StateDict,
  metadata: Readonly<Record<string, string>> = {},
  facts: NetworkFacts = {},
): Required<NetworkFacts> {
  const model = modelNameIn(metadata);
  if (model !== undefined && model !== 'fer_mobilenetv3') {
    throw new WeightsError(
      `weights: the file holds another network (got ${model}, expected ${FILE_NAME}). Load it with modelOf of feathergrad/models.`,
    );
  }
  const outputs = outputsOf(state);
  return {
    ...preparationOf(outputs, metadata, facts),
    variant: facts.variant ?? variantFrom(metadata.variant) ?? variantOf(state),
  };
}

/**
 * Returns the classes of a network with `outputs` outputs and how it prepares images.
 * @throws WeightsError when the class names do not fit the outputs, or an entry of the metadata cannot be read
 */
export function preparationOf(
  outputs: number,
  metadata: Readonly<Record<string, string>>,
  facts: Omit<NetworkFacts, 'variant'>,
  usualSide = 224,
): Required<Omit<NetworkFacts, 'variant'>> {
  const named = typeof facts.classes === 'number' ? undefined : facts.classes;
  const classes = named ?? classesFrom(metadata.classes) ?? outputs;
  for (const list of [facts.classes, classes]) {
    const [count, what] = typeof list === 'object' ? [list.length, 'class names'] : [list, 'classes'];
    if (count === undefined || count === outputs) continue;
    throw new WeightsError(
      `weights: got ${count} ${what}, but the last layer has ${outputs} outputs. Pass ${outputs}, or omit them.`,
    );
  }
  return {
    classes,
    side: facts.side ?? sideFrom(metadata.input_side) ?? usualSide,
    mean: facts.mean ?? tripleFrom('mean', metadata.mean) ?? IMAGENET_MEAN,
    std: facts.std ?? tripleFrom('std', metadata.std) ?? IMAGENET_STD,
    color: facts.color ?? colorFrom(metadata.color) ?? 'rgb',
    mirror: facts.mirror ?? mirrorFrom(metadata.testTimeMirror) ?? false,
  };
}

/** Names of the last linear layer in the reference and in torchvision. */
const LAST_LAYERS = ['classifier_2.2.weight', 'classifier.3.weight'];

function outputsOf(state: StateDict): number {
  const last = LAST_LAYERS.map((name) => state.get(name)).find((entry) => entry !== undefined);
  const outputs = last?.shape[0];
  if (outputs !== undefined) return outputs;
  const names = [...state.keys()].slice(0, 3).join(', ');
  throw new WeightsError(
    `weights: no last layer ${LAST_LAYERS.join(' or ')}, so these are not a FerMobileNetV3's ` +
      `(${state.size === 0 ? 'there are none at all' : `they begin with ${names}`})`,
  );
}

/** Infers the variant from the attention in blocks 4, 9 and 11. */
function variantOf(state: StateDict): Variant {
  if (state.has('classifier.3.weight')) return 'large';
  const kinds = [4, 9, 11].map((block) => {
    const has = (name: string) => state.has(`features.${block}.block.2.${name}.weight`);
    return has('fc1') ? 'se' : has('conv_h') ? 'cpsca' : has('conv2') ? 'ca' : 'none';
  });
  switch (kinds.join()) {
    case 'se,cpsca,ca':
      return 'paper';
    case 'none,none,none':
      return 'reduced';
    case 'se,se,se':
      return 'reduced-se';
    case 'cpsca,cpsca,cpsca':
      return 'reduced-cpsca';
    case 'ca,ca,ca':
      throw new WeightsError(
        'weights: reduced-ca and reduced-maxca have the same names and shapes. Pass the variant.',
      );
    default:
      throw new WeightsError(
        `weights: attention ${kinds.join(', ')} in blocks 4, 9 and 11 does not match any variant (${VARIANTS.join(', ')})`,
      );
  }
}

function variantFrom(text: string | undefined): Variant | undefined {
  if (text === undefined || VARIANTS.includes(text as Variant)) return text as Variant | undefined;
  throw new WeightsError(`weights: metadata: variant: got "${text}", expected one of ${VARIANTS.join(', ')}`);
}

function classesFrom(text: string | undefined): string[] | undefined {
  const list = parsed(text);
  if (list === undefined) return undefined;
  const isName = (name: unknown) => typeof name === 'string' && name.trim() !== '';
  const isList = Array.isArray(list) && list.length >= 2 && list.every(isName);
  if (isList && new Set(list).size === list.length) return list;
  throw new WeightsError(`weights: metadata: classes: got ${text}, expected a JSON list of different names`);
}

function sideFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const side = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (side >= 32 && side <= 65536) return side;
  throw new WeightsError(`weights: metadata: input_side: got ${text}, expected an integer from 32 to 65536`);
}

function colorFrom(text: string | undefined): ImageColor | undefined {
  if (text === undefined || text === 'rgb' || text === 'gray') return text;
  throw new WeightsError(`weights: metadata: color: got ${text}, expected rgb or gray`);
}

function mirrorFrom(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new WeightsError(`weights: metadata: testTimeMirror: got ${text}, expected true or false`);
}

function tripleFrom(name: 'mean' | 'std', text: string | undefined): Triple | undefined {
  const list = parsed(text);
  if (list === undefined) return undefined;
  // in single precision, as kernels compute: 1e-300 is 0, 1e300 is infinite
  const isNumber = (value: unknown) =>
    typeof value === 'number' &&
    Number.isFinite(Math.fround(value)) &&
    (name === 'mean' || Math.fround(value) > 0);
  if (Array.isArray(list) && list.length === 3 && list.every(isNumber)) return list as unknown as Triple;
  throw new WeightsError(
    `weights: metadata: ${name}: got ${text}, expected a JSON list of three numbers${name === 'std' ? ' above 0' : ''}`,
  );
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
