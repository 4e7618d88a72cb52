import type { StateDict } from '../layers/state-dict.ts';
import type { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { networkMetadata } from '../models/fer-mobilenetv3/pretrained-metadata.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { stateOf, tensorsOf } from './tensors.ts';
import { decodeTorch, isTorchFile } from './torch-file.ts';
import { torchState } from './torch-state.ts';

/** What `decodeWeights` read. */
export interface WeightsFile {
  /** what the file is */
  format: 'safetensors' | 'torch';
  /** values by PyTorch's names, in PyTorch's layouts, as singles */
  state: StateDict;
  /** what the file says of itself; a PyTorch file says nothing */
  metadata: Record<string, string>;
}

/** What `encodeWeights` takes. */
export interface EncodeWeightsOptions {
  /** 'f16' for the web: half the size, see `tensorsOf` */
  dtype?: 'f32' | 'f16';
  /** more to say in the metadata, such as the epoch */
  about?: Readonly<Record<string, string | number>>;
}

/**
 * Reads weights of any kind that is known: safetensors, or a `.pth` or `.pt` file of PyTorch (a state dict, or a
 * checkpoint with one in it).
 *
 * @throws SafetensorsError, TorchFileError that say what is wrong with the file
 */
export function decodeWeights(bytes: Uint8Array): WeightsFile {
  if (isTorchFile(bytes)) return { format: 'torch', state: torchState(decodeTorch(bytes)), metadata: {} };
  const { tensors, metadata } = decodeSafetensors(bytes);
  return { format: 'safetensors', state: stateOf(tensors), metadata };
}

/**
 * A network's weights as a safetensors file, under the reference's PyTorch names and in PyTorch's layouts, so that
 * `model.load_state_dict(safetensors.torch.load_file(path))` takes it. The metadata say how to build the network and
 * how to prepare its input: variant, classes, input_side, mean, std.
 */
export function encodeWeights(
  model: FerMobileNetV3,
  state: StateDict,
  options: EncodeWeightsOptions = {},
): Uint8Array<ArrayBuffer> {
  const metadata: Record<string, string> = { format: 'pt', ...networkMetadata(model) };
  for (const [key, value] of Object.entries(options.about ?? {})) metadata[key] = String(value);
  return encodeSafetensors(tensorsOf(state, options.dtype), metadata);
}
