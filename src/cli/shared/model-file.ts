import { readFile } from 'node:fs/promises';
import { checkState } from '../../formats/check-state.ts';
import { isTorchFile } from '../../formats/torch-file.ts';
import type { TorchStateOptions } from '../../formats/torch-state.ts';
import { decodeWeights, type WeightsFile } from '../../formats/weights-file.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import { FerMobileNetV3 } from '../../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { fetchPretrained } from '../../models/fer-mobilenetv3/pretrained.ts';
import type { NetworkFacts } from '../../models/fer-mobilenetv3/pretrained-metadata.ts';
import type { ImageClassifier } from '../../models/image-classifier.ts';
import { type ModelFacts, modelOf } from '../../models/model-of.ts';

/** Position and first character of the header of a safetensors file. */
const HEADER_START = 8;
const OPENING_BRACE = 0x7b;

/** A network read from a file and not yet on a device: `model.to(device).loadStateDict(state)`. */
export interface ModelFile {
  model: ImageClassifier;
  state: StateDict;
  metadata: Record<string, string>;
  /** notes for the user: which entry was read, and what was skipped */
  notes: string[];
}

/** Options of a command that choose weights in a file. */
export function choiceOf(options: { key?: string; stripPrefix?: string }): TorchStateOptions {
  const { key, stripPrefix } = options;
  return { ...(key !== undefined && { key }), ...(stripPrefix !== undefined && { stripPrefix }) };
}

/**
 * Reads the weights in a file of any supported format.
 * @throws Error that names the file and says what is wrong with it
 */
export async function readWeights(path: string, choice: TorchStateOptions = {}): Promise<WeightsFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reasons: Record<string, string> = {
      ENOENT: 'the file does not exist',
      EISDIR: 'is a folder, expected a file',
    };
    const reason = reasons[String(code)] ?? (error as Error).message;
    throw new Error(`${path}: ${reason}`);
  }
  if (!isTorchFile(bytes) && bytes[HEADER_START] !== OPENING_BRACE) {
    const trouble = /\.onnx$/i.test(path)
      ? 'ONNX files cannot be read. Pass the weights that it was exported from (safetensors, .pth or .pt)'
      : `the file (${bytes.length} bytes) is neither safetensors nor a file of torch.save (.pth, .pt). It may be ` +
        'a web page or a Git LFS pointer; download it again';
    throw new Error(`${path}: ${trouble}`);
  }
  try {
    return unwrapped(decodeWeights(bytes, choice));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads the network in a file (default: the bundled weights).
 * @param facts the user's description of the network, for files without one, such as PyTorch's
 * @throws Error that names the file and the problem
 */
export async function readModel(
  path: string | undefined,
  { model: named, ...facts }: ModelFacts = {},
  choice: TorchStateOptions = {},
): Promise<ModelFile> {
  if (path === undefined) {
    const [option] = Object.keys(choice);
    if (option) {
      const flag = option === 'key' ? '--key' : '--strip-prefix';
      throw new Error(`${flag} needs a weights file. Add --weights <file>.`);
    }
    if (named !== undefined && named !== 'fer_mobilenetv3') {
      throw new Error(
        `--model ${named}: the bundled weights are for fer_mobilenetv3. Pass weights for ${named} with --weights.`,
      );
    }
    const { network, state, metadata } = await fetchPretrained(facts);
    requireVariant('the bundled weights are', metadata, facts);
    return { model: checked(new FerMobileNetV3(network), state), state, metadata, notes: [] };
  }
  const file = await readWeights(path, choice);
  const { state, metadata } = file;
  try {
    requireVariant('these weights are', metadata, facts);
    const model = checked(modelOf(state, metadata, { ...facts, ...(named && { model: named }) }), state);
    return { model, state, metadata, notes: notesOn(path, file) };
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function checked(model: ImageClassifier, state: StateDict): ImageClassifier {
  checkState(model, state);
  return model;
}

/** @throws Error when the weights belong to another variant than requested */
function requireVariant(weights: string, metadata: Record<string, string>, { variant }: NetworkFacts): void {
  if (variant === undefined || metadata.variant === undefined || metadata.variant === variant) return;
  throw new Error(
    `--variant ${variant}: ${weights} of variant ${metadata.variant}. Leave --variant out, or give weights of variant ${variant} with --weights.`,
  );
}

/** Name of the first parameter of each network. */
const FIRSTS = [
  'features.0.0.weight',
  'features.0.weight',
  'conv1.0.weight',
  'conv_stem.weight',
  'conv1.weight',
];

/** Removes the prefix of a network inside a larger one, such as `backbone.`, if the user gave no prefix. */
function unwrapped(file: WeightsFile): WeightsFile {
  const { state, prefix } = file;
  if (FIRSTS.some((first) => state.has(first))) return file;
  // inner blocks may have the same name behind a longer prefix
  const prefixes = FIRSTS.flatMap((first) =>
    [...state.keys()]
      .filter((name) => name.endsWith(`.${first}`))
      .map((name) => name.slice(0, -first.length)),
  ).sort((a, b) => a.length - b.length);
  const [more, next] = prefixes;
  if (more === undefined || next?.length === more.length) return file;
  const kept: StateDict = new Map();
  const skipped = [...file.skipped];
  for (const [name, entry] of state) {
    if (name.startsWith(more)) kept.set(name.slice(more.length), entry);
    else skipped.push({ path: name, what: `a tensor [${entry.shape.join(', ')}] without the prefix` });
  }
  return { ...file, state: kept, prefix: prefix + more, skipped };
}

/** Maximum number of skipped entries that are listed. */
const MOST_NAMED = 8;

/** Returns notes on how a file was read; none for a file that contains only the weights. */
export function notesOn(path: string, { key, prefix, skipped }: WeightsFile): string[] {
  const notes: string[] = [];
  if (key !== '.' || prefix !== '') {
    const removed = prefix && `, with "${prefix}" removed from their names`;
    notes.push(
      `${path}: weights read from ${key === '.' ? 'the top-level dict' : `entry "${key}"`}${removed}`,
    );
  }
  if (skipped.length > 0) {
    const named = skipped.slice(0, MOST_NAMED).map(({ path: place, what }) => `${place} (${what})`);
    const rest = skipped.length > MOST_NAMED ? ` and ${skipped.length - MOST_NAMED} more` : '';
    notes.push(`${path}: skipped ${named.join(', ')}${rest}`);
  }
  return notes;
}
