import { anything, boolean, checkOptions, type OptionRules, oneOf } from '../../gpu/check-options.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import { RESIZE_OPTIONS } from '../../tensor/resize-options.ts';
import { VARIANTS } from './config.ts';
import { fetchWeights, WEIGHTS_SOURCE_OPTIONS, type WeightsSourceOptions } from './fetch-weights.ts';
import { type NetworkFacts, networkOf } from './pretrained-metadata.ts';
import { pretrainedUrl } from './pretrained-url.ts';

/** Options of `FerMobileNetV3.pretrained`. Properties that the file states can be omitted. */
export interface PretrainedOptions extends NetworkFacts, WeightsSourceOptions {}

const OPTIONS: OptionRules<PretrainedOptions> = /* @__PURE__ */ (() => ({
  ...WEIGHTS_SOURCE_OPTIONS,
  variant: (v) => oneOf(v, VARIANTS),
  classes: anything,
  ...RESIZE_OPTIONS,
  mirror: boolean,
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
  const { url, weights, signal, onProgress, cache, ...facts } = options;
  const { state, metadata } = await fetchWeights(weights ?? url, pretrainedUrl, {
    signal,
    onProgress,
    cache,
  });
  return { network: networkOf(state, metadata, facts), state, metadata };
}

export { loadPretrained } from './fetch-weights.ts';
