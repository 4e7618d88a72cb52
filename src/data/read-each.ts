import type { ReadProgress, SkippedPicture } from './picture.ts';

export interface ReadEachOptions {
  /** number of items that are read at the same time; at least one */
  concurrency: number;
  /** called after each item */
  onProgress?: (progress: ReadProgress) => void;
  signal?: AbortSignal;
}

/**
 * Reads a list, several items at a time, and returns the results in the same order. Items whose reading throws are
 * skipped, and the reason is recorded.
 * @throws the reason of `signal` when it is aborted
 */
export async function readEach<T, R extends object>(
  list: readonly T[],
  nameOf: (item: T) => string,
  read: (item: T) => Promise<R>,
  { concurrency, onProgress, signal }: ReadEachOptions,
): Promise<(R | SkippedPicture)[]> {
  const results = new Array<R | SkippedPicture>(list.length);
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < list.length) {
      signal?.throwIfAborted();
      const index = next++;
      const item = list[index]!;
      try {
        results[index] = await read(item);
      } catch (error) {
        results[index] = { name: nameOf(item), reason: reasonOf(error) };
      }
      done++;
      onProgress?.({ done, total: list.length });
    }
  };
  const workers = concurrency >= 1 ? Math.min(concurrency, list.length) : 1;
  await Promise.all(Array.from({ length: workers }, worker));
  return results;
}

export function isSkipped(result: unknown): result is SkippedPicture {
  return typeof result === 'object' && result !== null && 'reason' in result;
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // decoders append more messages on further lines; the first line is sufficient
  return text.split('\n')[0]!.trim() || 'could not be read';
}
