import {
  anything,
  boolean,
  callable,
  checkOptions,
  type OptionRules,
  oneOf,
} from '../../gpu/check-options.ts';
import type { OnCompile } from '../../gpu/compile-progress.ts';
import type { Device } from '../../gpu/device.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import { RESIZE_OPTIONS } from '../../tensor/resize-options.ts';
import type { ImageClassifier } from '../image-classifier.ts';
import { VARIANTS } from './config.ts';
import {
  fetchWeights,
  loadPretrained,
  WEIGHTS_SOURCE_OPTIONS,
  type WeightsSourceOptions,
} from './fetch-weights.ts';
import { type NetworkFacts, networkOf } from './pretrained-metadata.ts';
import { pretrainedUrl } from './pretrained-url.ts';

/** Options of `FerMobileNetV3.pretrained`. Properties that the file states can be omitted. */
export interface PretrainedOptions extends NetworkFacts, WeightsSourceOptions {
  /**
   * compiles the kernels of `predict` for one image before the promise resolves, and receives the progress (default: the
   * first prediction compiles them)
   */
  onCompile?: OnCompile;
}

const OPTIONS: OptionRules<PretrainedOptions> = /* @__PURE__ */ (() => ({
  ...WEIGHTS_SOURCE_OPTIONS,
  variant: (v) => oneOf(v, VARIANTS),
  classes: anything,
  ...RESIZE_OPTIONS,
  mirror: boolean,
  onCompile: callable,
}))();

/** Options and state of a network that is not on the GPU yet. */
export interface Pretrained {
  network: Required<NetworkFacts>;
  state: StateDict;
  /** all metadata of the file */
  metadata: Record<string, string>;
}

/**
 * Fetches and checks the weights of a FerMobileNetV3; in Node, file URLs are read.
 * @throws WeightsError with the file, the problem and advice
 */
export async function fetchPretrained(options: PretrainedOptions = {}): Promise<Pretrained> {
  checkOptions('pretrained', options, OPTIONS);
  const { url, weights, signal, onProgress, cache, onCompile: _, ...facts } = options;
  const { state, metadata } = await fetchWeights(weights ?? url, pretrainedUrl, {
    signal,
    onProgress,
    cache,
  });
  return { network: networkOf(state, metadata, facts), state, metadata };
}

/**
 * Loads the weights and, with `onCompile`, compiles the kernels.
 * @param isOwn whether the device was created for this network, so that it is destroyed on failure
 */
export async function finishPretrained(
  model: ImageClassifier,
  state: StateDict,
  device: Device,
  isOwn: boolean,
  { onCompile }: PretrainedOptions,
): Promise<void> {
  await loadPretrained(model, state, device, isOwn);
  if (!onCompile) return;
  try {
    await model.compile({ onProgress: onCompile });
  } catch (error) {
    if (isOwn) device.destroy();
    else model.dispose();
    throw error;
  }
}
