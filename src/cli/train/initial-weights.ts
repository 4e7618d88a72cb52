import type { StateDict } from '../../layers/state-dict.ts';
import type { ImageColor } from '../../models/fer-mobilenetv3/config.ts';
import { fetchPretrained } from '../../models/fer-mobilenetv3/pretrained.ts';
import type { ModelName } from '../../models/names.ts';
import { readWeights } from '../shared/model-file.ts';

/** The value of `--init` for the bundled weights. */
export const PRETRAINED = 'pretrained';

/** Weights to start from. */
export interface InitialWeights {
  state: StateDict;
  /** 'gray' for weights that were trained on gray images; undefined if the file does not say so */
  color: ImageColor | undefined;
}

/**
 * Reads the weights that `--init` names: a file, or `pretrained` for the bundled ones.
 * @throws Error for `pretrained` with a network that has no bundled weights, and for a file that cannot be read
 */
export async function readInitialWeights(init: string, model: ModelName): Promise<InitialWeights> {
  if (init === PRETRAINED) {
    if (model !== 'fer_mobilenetv3') {
      throw new Error(
        `--init ${PRETRAINED}: the bundled weights are for fer_mobilenetv3 (got --model ${model}). ` +
          `Pass a file with weights for ${model}, such as a .pth of torchvision.`,
      );
    }
    const { state, network } = await fetchPretrained();
    return { state, color: network.color };
  }
  const { state, metadata } = await readWeights(init);
  return { state, color: metadata.color === 'gray' ? 'gray' : undefined };
}
