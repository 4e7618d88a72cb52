import { pretrainedUrl } from 'feathergrad';

/** Bytes of a download; `total` is null if the server does not report it. */
export interface Loaded {
  loaded: number;
  total: number | null;
}

/** Downloads the weights that come with feathergrad. */
export async function fetchShipped(
  onProgress: (progress: Loaded) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const url = pretrainedUrl();
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The weights at ${url} cannot be loaded (status ${response.status}).`);
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const total = Number(response.headers.get('content-length')) || null;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  for (let reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return joined(parts, loaded);
    parts.push(value);
    loaded += value.length;
    onProgress({ loaded, total: total && total >= loaded ? total : null });
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
