import {
  anything,
  boolean,
  callable,
  checkOptions,
  type OptionRules,
  oneOf,
} from '../../gpu/check-options.ts';
import type { OnCompile } from '../../gpu/compile-progress.ts';
import { createDevice } from '../../gpu/create-device.ts';
import type { Device } from '../../gpu/device.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import { RESIZE_OPTIONS } from '../../tensor/resize-options.ts';
import type { ImageClassifier } from '../image-classifier.ts';
import { VARIANTS } from './config.ts';
import { EarlyModel } from './early-model.ts';
import {
  abandon,
  type FetchWeightsOptions,
  fetchWeights,
  loadPretrained,
  WEIGHTS_SOURCE_OPTIONS,
  type WeightsSourceOptions,
  whileOpening,
} from './fetch-weights.ts';
import { type NetworkFacts, networkOf } from './pretrained-metadata.ts';
import { pretrainedUrl } from './pretrained-url.ts';
import { headerState } from './weights-header.ts';

/** Options of `FerMobileNetV3.pretrained`. Properties that the file states can be omitted. */
export interface PretrainedOptions extends NetworkFacts, WeightsSourceOptions {
  /**
   * compiles the kernels of `predict` for one image before the promise resolves, and receives the progress (default: as
   * many as the download leaves time for; the first prediction compiles the rest)
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
export async function fetchPretrained(
  options: PretrainedOptions = {},
  listeners: Pick<FetchWeightsOptions, 'stop' | 'onParts'> = {},
): Promise<Pretrained> {
  checkOptions('pretrained', options, OPTIONS);
  const { url, weights, signal, onProgress, cache } = options;
  const fetching = { signal, onProgress, cache, ...listeners };
  const { state, metadata } = await fetchWeights(weights ?? url, pretrainedUrl, fetching);
  return { network: networkOf(state, metadata, factsOf(options)), state, metadata };
}

/** The options that state properties of the network. */
function factsOf(options: PretrainedOptions): NetworkFacts {
  const { url, weights, signal, onProgress, cache, onCompile, ...facts } = options;
  return facts;
}

/**
 * Loads a network. While its weights are being downloaded, the device opens, the network is put on it, and the kernels of
 * `predict` for one image are compiled; with `onCompile`, all of them before this function resolves.
 * @param create returns the network, not on a device
 * @param given the device (default: a new device, destroyed on failure)
 */
export async function loadNetwork<M extends ImageClassifier>(
  create: (network: Required<NetworkFacts>) => M,
  given: Device | undefined,
  options: PretrainedOptions,
): Promise<M> {
  checkOptions('pretrained', options, OPTIONS);
  const { onCompile } = options;
  const opening = given ? Promise.resolve(given) : createDevice();
  const fromHeader = (header: string) => {
    const { state, metadata } = headerState(header);
    return create(networkOf(state, metadata, factsOf(options)));
  };
  const early = new EarlyModel(opening, fromHeader, onCompile);
  let model: M | null = null;
  try {
    const [{ network, state }, device] = await whileOpening(opening, (stop) =>
      fetchPretrained(options, { stop, onParts: early.onParts }),
    );
    const placed = await early.take();
    model = placed ?? create(network).eval();
    await loadPretrained(model, state, device, placed !== null);
    await early.settled();
    if (onCompile && !(placed && early.hasRun)) {
      const before = placed ? early.done : 0;
      await model.compile({
        onProgress: ({ kind, done, total }) =>
          onCompile({ kind, done: before + done, total: before + total }),
      });
    }
    return model;
  } catch (error) {
    void early.drop();
    model?.dispose();
    if (!given) abandon(opening);
    throw error;
  }
}
