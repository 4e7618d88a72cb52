import { WeightsError } from './weights-error.ts';

/** How far a download is. */
export interface DownloadProgress {
  /** bytes that have arrived */
  loaded: number;
  /** bytes of the file; undefined where the server does not say */
  total: number | undefined;
}

/** Options of `download`. */
export interface DownloadOptions {
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Tries of a download that breaks off. */
const TRIES = 3;
const PAUSE_MS = 300;

/** A download that may succeed the next time: it broke off, or came out too short. */
class Interrupted extends Error {}

/**
 * Downloads a file, again when it breaks off or is shorter than the server said.
 * @param advice what to do, behind each message
 * @throws WeightsError for a server that answers with an error or with a web page, that is out of reach, and for a
 *   download that breaks off three times; the signal's reason once that is aborted
 */
export async function download(
  place: string,
  advice: string,
  options: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(place, advice, options);
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (!(cause instanceof Interrupted)) throw cause;
      if (attempt === TRIES) {
        const reason = `${cause.message}, ${TRIES} times`;
        throw new WeightsError(`weights: ${place}: ${reason}. Check the connection and try again.`, {
          cause,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
      options.signal?.throwIfAborted();
    }
  }
}

async function once(
  place: string,
  advice: string,
  { signal, onProgress }: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(place, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    throw new WeightsError(
      `weights: ${place} cannot be fetched (${reasonOf(cause)}): no connection, or a server of another origin that ` +
        `does not allow it (CORS)${advice}`,
      { cause },
    );
  }
  if (!response.ok) {
    throw new WeightsError(
      `weights: ${place}: the server answers ${response.status} ${response.statusText}${advice}`,
    );
  }
  return whole(response, onProgress);
}

/** The body, as long as the server said: where it is compressed, nobody says how long it is. */
async function whole(
  response: Response,
  onProgress: DownloadOptions['onProgress'],
): Promise<Uint8Array<ArrayBuffer>> {
  const { headers } = response;
  const said = headers.get('content-length');
  const isPlain = (headers.get('content-encoding') ?? 'identity') === 'identity';
  const total = isPlain && said ? Number(said) : undefined;
  const parts: Uint8Array[] = [];
  let loaded = 0;
  onProgress?.({ loaded, total });
  try {
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      parts.push(part.value);
      loaded += part.value.length;
      onProgress?.({ loaded, total });
    }
  } catch (cause) {
    throw new Interrupted(`the download broke off after ${loaded} bytes (${reasonOf(cause)})`, { cause });
  }
  if (total !== undefined && loaded < total) {
    throw new Interrupted(`the download ended after ${loaded} of ${total} bytes`);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
