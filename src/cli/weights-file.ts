import { encodeSafetensors, type SafetensorsTensor } from '../formats/safetensors.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from '../models/fer-mobilenetv3/config.ts';
import type { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';

/**
 * A network's weights as a safetensors file, under PyTorch's names and in its layouts. The metadata says how to
 * build the network and how to prepare its input; lists are JSON, since the format holds text alone.
 */
export function weightsFile(
  model: FerMobileNetV3,
  state: StateDict,
  about: Record<string, string | number>,
): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { shape, data }] of state) {
    tensors.set(
      name,
      data instanceof Uint32Array ? { dtype: 'U32', shape, data } : { dtype: 'F32', shape, data },
    );
  }
  const metadata: Record<string, string> = {
    format: 'pt',
    model: 'FerMobileNetV3',
    variant: model.variant,
    classes: JSON.stringify(model.classNames),
    input_side: String(model.inputSide),
    mean: JSON.stringify(IMAGENET_MEAN),
    std: JSON.stringify(IMAGENET_STD),
  };
  for (const [key, value] of Object.entries(about)) metadata[key] = String(value);
  return encodeSafetensors(tensors, metadata);
}
