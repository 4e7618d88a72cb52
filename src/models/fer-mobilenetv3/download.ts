import { WeightsError } from './weights-error.ts';

/** Progress of a download. */
export interface DownloadProgress {
  /** bytes received */
  loaded: number;
  /** bytes of the file; undefined if the server does not report it */
  total: number | undefined;
}

/** Options of `download`. */
export interface DownloadOptions {
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** called before the first part of each attempt and after each part, with the parts received */
  onParts?: OnParts | undefined;
  signal?: AbortSignal | undefined;
}

/** Receives the parts of a file that is being downloaded, and their number of bytes. */
export type OnParts = (parts: readonly Uint8Array[], loaded: number) => void;

/** Number of attempts for an interrupted download. */
const TRIES = 3;
const PAUSE_MS = 300;

/** Thrown for a download that was interrupted or too short and can be retried. */
class Interrupted extends Error {}

/**
 * Downloads a file. Retries when the download is interrupted or shorter than reported by the server.
 * @param advice what to do, appended to each message
 * @throws WeightsError when the server cannot be reached or returns an error or a web page, or when the download is
 *   interrupted three times; the reason of the signal when it is aborted
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
  { signal, onProgress, onParts }: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(place, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    throw new WeightsError(
      `weights: ${place} cannot be downloaded (${reasonOf(cause)}): there is no connection, or the server is of another origin and ` +
        `does not allow it (CORS)${advice}`,
      { cause },
    );
  }
  if (!response.ok) {
    throw new WeightsError(
      `weights: ${place}: the server responded ${response.status} ${response.statusText}${advice}`,
    );
  }
  return whole(response, onProgress, onParts);
}

/** Returns the body, after checking its length; the length of a compressed body is unknown. */
async function whole(
  response: Response,
  onProgress: DownloadOptions['onProgress'],
  onParts: OnParts | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const { headers } = response;
  const said = headers.get('content-length');
  const isPlain = (headers.get('content-encoding') ?? 'identity') === 'identity';
  const total = isPlain && said ? Number(said) : undefined;
  const parts: Uint8Array[] = [];
  let loaded = 0;
  onProgress?.({ loaded, total });
  onParts?.(parts, loaded);
  try {
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      parts.push(part.value);
      loaded += part.value.length;
      onProgress?.({ loaded, total });
      onParts?.(parts, loaded);
    }
  } catch (cause) {
    throw new Interrupted(`the download was interrupted after ${loaded} bytes (${reasonOf(cause)})`, {
      cause,
    });
  }
  if (total !== undefined && loaded < total) {
    throw new Interrupted(`the download ended after ${loaded} of ${total} bytes`);
  }
  return joined(parts, loaded);
}

/** Returns the first `length` bytes of the parts. */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (at === length) break;
    const piece = part.subarray(0, length - at);
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
