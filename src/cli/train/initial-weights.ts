import type { TorchStateOptions } from '../../formats/torch-state.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import type { ImageColor } from '../../models/fer-mobilenetv3/config.ts';
import { fetchPretrained } from '../../models/fer-mobilenetv3/pretrained.ts';
import type { ModelName } from '../../models/names.ts';
import { notesOn, readWeights } from '../shared/model-file.ts';

/** The value of `--init` for the bundled weights. */
export const PRETRAINED = 'pretrained';

/** Weights to start from. */
export interface InitialWeights {
  state: StateDict;
  /** 'gray' for weights that were trained on gray images; undefined if the file does not say so */
  color: ImageColor | undefined;
  /** notes for the user: which entry of the file was read, and what was skipped */
  notes: string[];
}

/**
 * Reads the weights that `--init` names: a file, or `pretrained` for the bundled ones.
 * @param choice entry and prefix of the weights in a file
 * @throws Error for `pretrained` with a network that has no bundled weights or with a choice, and for a file that cannot be read
 */
export async function readInitialWeights(
  init: string,
  model: ModelName,
  choice: TorchStateOptions = {},
): Promise<InitialWeights> {
  if (init === PRETRAINED) {
    const [option] = Object.keys(choice);
    if (option) {
      const flag = option === 'key' ? '--key' : '--strip-prefix';
      throw new Error(`${flag} needs a weights file (got --init ${PRETRAINED}). Omit it.`);
    }
    if (model !== 'fer_mobilenetv3') {
      throw new Error(
        `--init ${PRETRAINED}: the bundled weights are for fer_mobilenetv3 (got --model ${model}). ` +
          `Pass a file with weights for ${model}, such as a .pth of torchvision.`,
      );
    }
    const { state, network } = await fetchPretrained();
    return { state, color: network.color, notes: [] };
  }
  const file = await readWeights(init, choice);
  const { state, metadata } = file;
  return { state, color: metadata.color === 'gray' ? 'gray' : undefined, notes: notesOn(init, file) };
}
