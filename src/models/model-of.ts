import { checkValue, objectRule } from '../gpu/check-options.ts';
import { expectState } from '../layers/expect-state.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { torchShape } from '../layers/torch-layout.ts';
import { FerMobileNetV3 } from './fer-mobilenetv3/fer-mobilenetv3.ts';
import {
  modelNameIn,
  type NetworkFacts,
  networkOf,
  preparationOf,
} from './fer-mobilenetv3/pretrained-metadata.ts';
import { requireFinite } from './fer-mobilenetv3/require-finite.ts';
import { WeightsError } from './fer-mobilenetv3/weights-error.ts';
import type { ImageClassifier } from './image-classifier.ts';
import { MODEL_NAMES, type ModelName } from './names.ts';
import { getModel } from './registry.ts';

/** What is known about a network beyond its weights; the rest is read from the metadata, then inferred. */
export interface ModelFacts extends NetworkFacts {
  /** name of the network (default: from the metadata, then from the names of the weights) */
  model?: ModelName;
}

/** Name, shape in PyTorch's layout, and whether the head contains it. */
interface Entry {
  name: string;
  shape: number[];
  isHead: boolean;
}

/**
 * Creates the network to which weights belong, not yet on a device: `modelOf(state, metadata).to(device)`, then
 * `loadStateDict(state)`. Files of torchvision have no metadata; the network is then inferred from the names.
 *
 * @param state under PyTorch's names, such as the result of `decodeWeights`
 * @param metadata of the file (default none)
 * @throws WeightsError when no network has these names, a value is not finite, or the metadata contradicts the weights
 * or
 *   `facts`
 */
export function modelOf(
  state: StateDict,
  metadata: Readonly<Record<string, string>> = {},
  said: ModelFacts = {},
): ImageClassifier {
  expectState('modelOf', state);
  checkValue('modelOf', 'metadata', metadata, objectRule);
  checkValue('modelOf', 'facts', said, objectRule);
  const { model, ...facts } = said;
  const stated = modelNameIn(metadata);
  if (stated !== undefined && !MODEL_NAMES.includes(stated as ModelName)) {
    throw new WeightsError(
      `weights: the metadata names an unknown network (got "${stated}", expected one of ${MODEL_NAMES.join(', ')})`,
    );
  }
  if (model !== undefined && stated !== undefined && model !== stated) {
    throw new WeightsError(`weights: the network is ${stated} by the metadata (got ${model})`);
  }
  requireFinite(state);
  const name = model ?? (stated as ModelName | undefined) ?? inferredName(state);
  if (name === 'fer_mobilenetv3') return new FerMobileNetV3(networkOf(state, metadata, facts));
  if (facts.variant !== undefined) {
    throw new WeightsError(`weights: "variant" is for fer_mobilenetv3 (got ${name}). Omit it.`);
  }
  const entries = entriesOf(name);
  const last = entries.findLast(({ shape, isHead }) => isHead && shape.length > 1) as Entry;
  const [first, outputs] = [state.get((entries[0] as Entry).name), state.get(last.name)?.shape[0]];
  if (first === undefined || outputs === undefined) {
    const missing = first === undefined ? (entries[0] as Entry).name : last.name;
    throw new WeightsError(
      `weights: "${missing}" is missing, so they are not those of ${name} (the first names are ${firstNames(state)})`,
    );
  }
  const { side } = getModel(name, { classes: 2 });
  return getModel(name, {
    ...preparationOf(outputs, metadata, facts, side),
    inputChannels: first.shape[1] as number,
  });
}

/** Parameters of a network with two classes. */
function entriesOf(name: ModelName): Entry[] {
  const model = getModel(name, { classes: 2 });
  const { head } = model.parts;
  return [...model.namedParameters()].map(([path, { shape, layout }]) => ({
    name: path,
    shape: torchShape(shape, layout),
    isHead: head.some((part) => path.startsWith(`${part}.`)),
  }));
}

/**
 * Returns the network for which all parameters below the head have an entry of the same shape, for any number of input
 * channels.
 */
function inferredName(state: StateDict): ModelName {
  // mobilenet_v3_large is the same as FerMobileNetV3's variant `large`, to which older files of feathergrad belong
  if (state.has('classifier_2.2.weight')) return 'fer_mobilenetv3';
  const fits = ({ name, shape }: Entry, i: number): boolean => {
    const given = state.get(name)?.shape;
    return (
      given?.length === shape.length && given.every((n, axis) => n === shape[axis] || (i === 0 && axis === 1))
    );
  };
  const found = MODEL_NAMES.find(
    (name) =>
      name !== 'fer_mobilenetv3' && entriesOf(name).every((entry, i) => entry.isHead || fits(entry, i)),
  );
  if (found !== undefined) return found === 'mobilenet_v3_large' ? 'fer_mobilenetv3' : found;
  throw new WeightsError(
    `weights: no network has these weights (the first names are ${firstNames(state)}). Name the network, or check the file.`,
  );
}

const firstNames = (state: StateDict): string => [...state.keys()].slice(0, 3).join(', ') || 'none';
