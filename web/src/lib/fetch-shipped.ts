import { pretrainedUrl } from 'feathergrad';

/** Downloads the weights that come with feathergrad. */
export async function fetchShipped(): Promise<Uint8Array<ArrayBuffer>> {
  const url = pretrainedUrl();
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The weights at ${url} cannot be loaded (status ${response.status}).`);
  return new Uint8Array(await response.arrayBuffer());
}
