import { decodeSafetensors } from '../../formats/safetensors.ts';
import { stateOf } from '../../formats/state-tensors.ts';
import {
  anything,
  boolean,
  checkOptions,
  having,
  type OptionRules,
  oneOf,
  text,
} from '../../gpu/check-options.ts';
import type { Device } from '../../gpu/device.ts';
import { DeviceLostError } from '../../gpu/errors.ts';
import type { Module } from '../../layers/module.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import { RESIZE_OPTIONS } from '../../tensor/resize-options.ts';
import { VARIANTS } from './config.ts';
import { type NetworkFacts, networkOf } from './pretrained-metadata.ts';
import { pretrainedUrl } from './pretrained-url.ts';
import { requireFinite } from './require-finite.ts';
import { WeightsError } from './weights-error.ts';

/** What `FerMobileNetV3.pretrained` takes; facts that the file states itself need not be given. */
export interface PretrainedOptions extends NetworkFacts {
  /** where the weights are; those that come with feathergrad when left out */
  url?: string | URL;
  /** the bytes of a safetensors file that is there already, such as one the user chose */
  weights?: Uint8Array | ArrayBuffer;
  /** ends the download */
  signal?: AbortSignal;
}

const OPTIONS: OptionRules<PretrainedOptions> = {
  url: (v) => (v instanceof URL ? undefined : text(v)),
  weights: (v) =>
    ArrayBuffer.isView(v) || Object.prototype.toString.call(v) === '[object ArrayBuffer]'
      ? undefined
      : 'the bytes of a file (Uint8Array or ArrayBuffer)',
  signal: (v) => having(v, 'aborted', 'an AbortSignal'),
  variant: (v) => oneOf(v, VARIANTS),
  classes: anything,
  ...RESIZE_OPTIONS,
  mirror: boolean,
};

/** A network's options and state, still off the GPU. */
export interface Pretrained {
  network: Required<NetworkFacts>;
  state: StateDict;
  /** all that the file says of itself */
  metadata: Record<string, string>;
}

/**
 * Fetches (in Node: reads, where the URL is a file's) and checks weights.
 * @throws WeightsError that says what is wrong with which file, and what to do
 */
export async function fetchPretrained(options: PretrainedOptions = {}): Promise<Pretrained> {
  checkOptions('pretrained', options, OPTIONS);
  const { url, weights, signal, ...facts } = options;
  const place = weights ? 'the weights given' : String(url ?? pretrainedUrl());
  const bytes = weights ? bytesOf(weights) : await bytesAt(place, url === undefined, signal);
  let file: ReturnType<typeof decodeSafetensors>;
  try {
    file = decodeSafetensors(bytes);
  } catch (cause) {
    throw new WeightsError(`weights: ${place}: ${reasonOf(cause)}${guess(bytes)}`, { cause });
  }
  const state = stateOf(file.tensors);
  requireFinite(state);
  return { network: networkOf(state, file.metadata, facts), state, metadata: file.metadata };
}

/**
 * Puts the weights into their network.
 * @param isOwn whether the device was made for it, and goes with it where that fails
 * @throws WeightsError when they are another network's; DeviceLostError and DeviceLimitError of the device
 */
export function loadPretrained(model: Module, state: StateDict, device: Device, isOwn: boolean): void {
  try {
    model.to(device);
    try {
      model.loadStateDict(state);
    } catch (cause) {
      if (cause instanceof DeviceLostError) throw cause;
      throw new WeightsError(`weights: ${reasonOf(cause)}`, { cause });
    }
  } catch (error) {
    if (isOwn) device.destroy();
    else model.dispose();
    throw error;
  }
}

function bytesOf(weights: Uint8Array | ArrayBuffer): Uint8Array {
  return weights instanceof Uint8Array ? weights : new Uint8Array(weights);
}

async function bytesAt(place: string, isShipped: boolean, signal?: AbortSignal): Promise<Uint8Array> {
  const advice = isShipped
    ? "; the weights come in feathergrad's folder dist/weights: if your bundler leaves them out, serve that file " +
      'yourself and pass its address as { url }'
    : '';
  // Node's fetch does not read files. A plain import of node:fs would stop a page, and most bundlers.
  const files = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (files && !/^(https?|data|blob):/.test(place)) {
    try {
      return await files.readFile(place.startsWith('file:') ? new URL(place) : place, { signal });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new WeightsError(`weights: ${place} cannot be read (${reasonOf(cause)})${advice}`, { cause });
    }
  }
  let response: Response;
  try {
    response = await fetch(place, signal ? { signal } : {});
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new WeightsError(
      `weights: ${place} cannot be fetched (${reasonOf(cause)}): no connection, or a server of another origin that ` +
        `does not allow it (CORS)${advice}`,
      { cause },
    );
  }
  throw new WeightsError(
    `weights: ${place}: the server answers ${response.status} ${response.statusText}${advice}`,
  );
}

/** What a file that is no safetensors file may be instead. */
function guess(bytes: Uint8Array): string {
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (start.startsWith('<'))
    return '; it is a web page: some servers answer so for a file that they do not have';
  if (start.startsWith('version https://git-lfs')) return "; it is Git LFS's stand-in: run git lfs pull";
  if (start.startsWith('PK'))
    return "; it seems to be PyTorch's: feathergrad export --to safetensors converts it";
  return '';
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
