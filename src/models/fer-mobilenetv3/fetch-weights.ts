import { decodeSafetensors } from '../../formats/safetensors.ts';
import { stateOf } from '../../formats/state-tensors.ts';
import { callable, having, type OptionRules, text } from '../../gpu/check-options.ts';
import type { Device } from '../../gpu/device.ts';
import { DeviceLostError } from '../../gpu/errors.ts';
import type { Module } from '../../layers/module.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import { type DownloadOptions, type DownloadProgress, download, reasonOf } from './download.ts';
import { requireFinite } from './require-finite.ts';
import { WeightsError } from './weights-error.ts';

/** Options that select a file of weights. */
export interface WeightsSourceOptions {
  /** URL of the weights (default: those that come with feathergrad) */
  url?: string | URL;
  /** the bytes of a safetensors file, such as one that the user chose, instead of a URL */
  weights?: Uint8Array | ArrayBuffer;
  /** called during the download, in bytes; `total` is undefined if the server does not report it */
  onProgress?: (progress: DownloadProgress) => void;
  /**
   * whether to cache the download (default false): in the Cache API in a page, in the user's cache folder in Node. A
   * string is the name of another cache, or another folder. Entries are keyed by URL and never revalidated, so changed
   * weights need a new URL, such as `?v=2`. Damaged entries are downloaded again.
   */
  cache?: boolean | string;
  /** aborts the download */
  signal?: AbortSignal;
}

/** Rules of `WeightsSourceOptions`. */
export const WEIGHTS_SOURCE_OPTIONS: OptionRules<WeightsSourceOptions> = {
  url: (v) => (v instanceof URL ? undefined : text(v)),
  weights: (v) =>
    ArrayBuffer.isView(v) || Object.prototype.toString.call(v) === '[object ArrayBuffer]'
      ? undefined
      : 'the bytes of a file (Uint8Array or ArrayBuffer)',
  onProgress: callable,
  cache: (v) => (typeof v === 'boolean' || typeof v === 'string' ? undefined : 'true, false or a string'),
  signal: (v) => having(v, 'aborted', 'an AbortSignal'),
};

/** Options of `fetchWeights`. */
export interface FetchWeightsOptions extends DownloadOptions {
  /** whether to cache the download, or where (default false) */
  cache?: boolean | string | undefined;
  /** aborts only a download, so that an error of a file on this computer is reported first */
  stop?: AbortSignal | undefined;
}

/**
 * Fetches and decodes a safetensors file; in Node, file URLs and paths are read.
 * @param source the bytes of a file, or its URL or path (default: the weights at `shipped()`)
 * @throws WeightsError with the file, the problem and advice
 */
export async function fetchWeights(
  source: string | URL | Uint8Array | ArrayBuffer | undefined,
  shipped: () => URL,
  options: FetchWeightsOptions = {},
): Promise<{ state: StateDict; metadata: Record<string, string> }> {
  const isAddress = source === undefined || typeof source === 'string' || source instanceof URL;
  const place = isAddress ? String(source ?? shipped()) : 'the weights given';
  const bytes = isAddress ? await bytesAt(place, source === undefined, options) : bytesOf(source);
  let file: ReturnType<typeof decodeSafetensors>;
  try {
    file = decodeSafetensors(bytes);
  } catch (cause) {
    throw new WeightsError(`weights: ${place}: ${reasonOf(cause)}${guess(bytes)}`, { cause });
  }
  await pause();
  const state = stateOf(file.tensors);
  requireFinite(state);
  return { state, metadata: file.metadata };
}

/** Lets a page handle events, so that loading weights is several short tasks instead of a long one. */
export const pause = () => new Promise<void>((resolve) => setTimeout(resolve));

/**
 * Fetches weights while the device opens. If it does not open, a download is aborted; errors of a file take precedence.
 * @param opening the device
 */
export async function whileOpening<T>(
  opening: Promise<Device>,
  fetchIt: (stop: AbortSignal) => Promise<T>,
): Promise<[T, Device]> {
  const stop = new AbortController();
  opening.catch((error) => stop.abort(error));
  const file = await fetchIt(stop.signal);
  return [file, await opening];
}

/** Destroys a device that is no longer needed, even if it is not open yet. */
export function abandon(opening: Promise<Device>): void {
  opening.then(
    (device) => device.destroy(),
    () => {},
  );
}

/**
 * Puts a network on the device, unless it is there already, and loads the weights. Disposes it on failure.
 * @throws WeightsError when the weights belong to another network; DeviceLostError and DeviceLimitError of the device
 */
export async function loadPretrained(
  model: Module,
  state: StateDict,
  device: Device,
  isPlaced = false,
): Promise<void> {
  await pause();
  try {
    if (!isPlaced) {
      model.to(device);
      await pause();
    }
    try {
      model.loadStateDict(state);
    } catch (cause) {
      if (cause instanceof DeviceLostError) throw cause;
      throw new WeightsError(`weights: ${reasonOf(cause)}`, { cause });
    }
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function bytesOf(weights: Uint8Array | ArrayBuffer): Uint8Array {
  return weights instanceof Uint8Array ? weights : new Uint8Array(weights);
}

async function bytesAt(place: string, isShipped: boolean, options: FetchWeightsOptions): Promise<Uint8Array> {
  const { signal, stop, onProgress, cache = false } = options;
  const advice = isShipped
    ? ". The weights are in feathergrad's folder dist/weights. If your bundler omits them, serve that file " +
      'yourself and pass its URL as { url }'
    : '';
  // Node's fetch does not read files; a static import of node:fs would break pages and most bundlers
  const files = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (files && !/^(https?|data|blob):/.test(place)) {
    try {
      const bytes = await files.readFile(place.startsWith('file:') ? new URL(place) : place, { signal });
      onProgress?.({ loaded: bytes.length, total: bytes.length });
      return bytes;
    } catch (cause) {
      signal?.throwIfAborted();
      throw new WeightsError(`weights: ${place} cannot be read (${reasonOf(cause)})${advice}`, { cause });
    }
  }
  const signals = [signal, stop].filter((one) => one !== undefined);
  const fetchIt = () => download(place, advice, { ...options, signal: AbortSignal.any(signals) });
  if (cache === false || /^(data|blob):/.test(place)) return fetchIt();
  const { openCache } = await import('./weights-cache.ts');
  const address = new URL(place, globalThis.location?.href).href;
  // a full or forbidden cache must not prevent loading the weights
  const kept = await openCache(cache === true ? undefined : cache).catch(() => undefined);
  const found = await kept?.get(address).catch(() => undefined);
  if (found) {
    onProgress?.({ loaded: found.length, total: found.length });
    return found;
  }
  const bytes = await fetchIt();
  // cache only valid files, not an error page of the server
  if (guess(bytes) === '') await kept?.put(address, bytes).catch(() => {});
  return bytes;
}

/** Returns a hint about what a file that is not a safetensors file may be. */
function guess(bytes: Uint8Array): string {
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (start.startsWith('<')) return '; it is a web page, which some servers return for a missing file';
  if (start.startsWith('version https://git-lfs')) return '; it is a Git LFS pointer. Run git lfs pull';
  if (start.startsWith('PK'))
    return '; it seems to be a PyTorch file. Convert it with feathergrad export --to safetensors';
  return '';
}
