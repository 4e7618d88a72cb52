import { checkOptions, type OptionRules, oneOf } from '../gpu/check-options.ts';
import { expectModule } from '../layers/expect-module.ts';
import { expectState } from '../layers/expect-state.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { networkMetadata } from '../models/fer-mobilenetv3/pretrained-metadata.ts';
import type { ImageClassifier } from '../models/image-classifier.ts';
import { aboutRule } from './about-rule.ts';
import { bytesOf, type FileBytes } from './bytes.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { SafetensorsError } from './safetensors-header.ts';
import { stateOf, tensorsOf } from './state-tensors.ts';
import type { SkippedEntry } from './torch-candidates.ts';
import { decodeTorch, isTorchFile } from './torch-file.ts';
import { TORCH_STATE_RULES, type TorchStateOptions, torchWeights } from './torch-state.ts';

/** The result of `decodeWeights`. */
export interface WeightsFile {
  /** format of the file */
  format: 'safetensors' | 'torch';
  /** values under PyTorch's names, in PyTorch's layouts, in single precision */
  state: StateDict;
  /** metadata of the file; empty for a PyTorch file */
  metadata: Record<string, string>;
  /** the entry of a PyTorch file that holds the weights; `.` for the top-level dict */
  key: string;
  /** the prefix that was removed from the names */
  prefix: string;
  /** entries of the file that are not part of the weights; at most 200 */
  skipped: SkippedEntry[];
}

/** Options of `encodeWeights`. */
export interface EncodeWeightsOptions {
  /** type of the stored weights (default 'f32'); 'f16' halves the file, see `tensorsOf` */
  dtype?: 'f32' | 'f16';
  /** further metadata, such as the epoch */
  about?: Readonly<Record<string, string | number>>;
}

const ENCODE_RULES: OptionRules<EncodeWeightsOptions> = {
  dtype: (value) => oneOf(value, ['f32', 'f16']),
  about: aboutRule,
};

/**
 * Decodes a file of weights: safetensors, or a `.pth` or `.pt` file of PyTorch (a state dict, a pickled module, or a
 * checkpoint that contains one; `torchState` documents the rule and the options).
 *
 * @throws SafetensorsError or TorchFileError with the problem
 */
export function decodeWeights(file: FileBytes, options: TorchStateOptions = {}): WeightsFile {
  checkOptions('decodeWeights', options, TORCH_STATE_RULES);
  const bytes = bytesOf(file, 'decodeWeights');
  if (isTorchFile(bytes)) {
    return { format: 'torch', metadata: {}, ...torchWeights(decodeTorch(bytes), options) };
  }
  if (options.key !== undefined) {
    throw new SafetensorsError(
      `decodeWeights: key is for PyTorch checkpoints (got "${options.key}"), but the file is safetensors. ` +
        'Omit it.',
    );
  }
  const { tensors, metadata } = decodeSafetensors(bytes);
  const { state, prefix, skipped } = withoutPrefix(stateOf(tensors), options.stripPrefix || '');
  return { format: 'safetensors', state, metadata, key: '.', prefix, skipped };
}

function withoutPrefix(state: StateDict, prefix: string): Pick<WeightsFile, 'state' | 'prefix' | 'skipped'> {
  const kept: StateDict = new Map();
  const skipped: SkippedEntry[] = [];
  for (const [name, entry] of state) {
    if (name.startsWith(prefix) && name.length > prefix.length) kept.set(name.slice(prefix.length), entry);
    else skipped.push({ path: name, what: `a tensor [${entry.shape.join(', ')}] without the prefix` });
  }
  if (prefix !== '' && kept.size === 0) {
    const [first = ''] = state.keys();
    throw new SafetensorsError(
      `decodeWeights: no name begins with "${prefix}" (the first is "${first}"). Check the prefix.`,
    );
  }
  return { state: kept, prefix, skipped };
}

/**
 * Encodes a network's weights as a safetensors file, under the reference's PyTorch names and in PyTorch's layouts, so
 * that `model.load_state_dict(safetensors.torch.load_file(path))` works. The metadata describes the network and the
 * preprocessing of its input: model, variant of a FerMobileNetV3, classes, input_side, mean, std.
 */
export function encodeWeights(
  model: ImageClassifier,
  state: StateDict,
  options: EncodeWeightsOptions = {},
): Uint8Array<ArrayBuffer> {
  expectModule('encodeWeights', model);
  expectState('encodeWeights', state);
  checkOptions('encodeWeights', options, ENCODE_RULES);
  const metadata: Record<string, string> = { format: 'pt', ...networkMetadata(model) };
  for (const [key, value] of Object.entries(options.about ?? {})) metadata[key] = String(value);
  return encodeSafetensors(tensorsOf(state, options.dtype), metadata);
}
