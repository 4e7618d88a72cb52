import { readFile } from 'node:fs/promises';
import { checkState } from '../../formats/check-state.ts';
import { isTorchFile } from '../../formats/torch-file.ts';
import { decodeWeights, encodeWeights, type WeightsFile } from '../../formats/weights-file.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import { FerMobileNetV3 } from '../../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { fetchPretrained } from '../../models/fer-mobilenetv3/pretrained.ts';
import { type NetworkFacts, networkOf } from '../../models/fer-mobilenetv3/pretrained-metadata.ts';
import { requireFinite } from '../../models/fer-mobilenetv3/require-finite.ts';

/** Where the header of a safetensors file begins, and with what. */
const HEADER_START = 8;
const OPENING_BRACE = 0x7b;

/** A network as a file has it, still off the GPU: `model.to(device).loadStateDict(state)` readies it. */
export interface ModelFile {
  model: FerMobileNetV3;
  state: StateDict;
  metadata: Record<string, string>;
}

/** A network's weights as a safetensors file; `about` goes into its metadata. */
export function weightsFile(
  model: FerMobileNetV3,
  state: StateDict,
  about: Record<string, string | number>,
): Uint8Array<ArrayBuffer> {
  return encodeWeights(model, state, { about });
}

/**
 * The weights in a file of any kind that is known.
 * @throws Error that names the file and says what is wrong with it
 */
export async function readWeights(path: string): Promise<WeightsFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new Error(`${path}: ${reason}`);
  }
  if (!isTorchFile(bytes) && bytes[HEADER_START] !== OPENING_BRACE) {
    const trouble = /\.onnx$/i.test(path)
      ? 'ONNX is written, not read; give the weights that it was made from (safetensors, .pth or .pt)'
      : `its ${bytes.length} bytes are neither safetensors nor of torch.save (.pth, .pt), which feathergrad reads ` +
        "(is it a web page, or Git LFS's stand-in?)";
    throw new Error(`${path}: ${trouble}`);
  }
  try {
    return decodeWeights(bytes);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The network in a file, or the trained one that comes with feathergrad.
 * @param facts what the user says of it, for files that say nothing themselves, such as PyTorch's
 * @throws Error that names the file and says what is wrong with it
 */
export async function readModel(path: string | undefined, facts: NetworkFacts = {}): Promise<ModelFile> {
  if (path === undefined) {
    const { network, state, metadata } = await fetchPretrained(facts);
    return { model: new FerMobileNetV3(network), state, metadata };
  }
  const { state, metadata } = await readWeights(path);
  try {
    const model = new FerMobileNetV3(networkOf(state, metadata, facts));
    checkState(model, state);
    requireFinite(state);
    return { model, state, metadata };
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
