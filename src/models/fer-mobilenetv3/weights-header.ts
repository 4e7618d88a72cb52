import { MAX_HEADER_BYTES, parseHeader } from '../../formats/safetensors-header.ts';
import type { StateDict } from '../../layers/state-dict.ts';
import { joined, type OnParts } from './download.ts';

/** Bytes of the header's length at the beginning of a safetensors file. */
const LENGTH_BYTES = 8;

/**
 * Returns a listener to the parts of a safetensors file that is being downloaded. It passes the text of the header to
 * `found` when all of it has arrived, once per attempt.
 */
export function headerListener(found: (header: string) => void): OnParts {
  /** bytes of the file up to the end of the header; null until its length has arrived */
  let end: number | null = null;
  let isFound = false;
  return (parts, loaded) => {
    if (loaded === 0) {
      end = null;
      isFound = false;
    }
    if (end === null && loaded >= LENGTH_BYTES) {
      const { buffer } = joined(parts, LENGTH_BYTES);
      end = LENGTH_BYTES + Number(new DataView(buffer).getBigUint64(0, true));
    }
    if (isFound || end === null || loaded < end || end > MAX_HEADER_BYTES) return;
    isFound = true;
    found(new TextDecoder().decode(joined(parts, end).subarray(LENGTH_BYTES)));
  };
}

/**
 * Returns names and shapes of a header, without values, and the metadata.
 * @throws SafetensorsError for text that is not such a header
 */
export function headerState(text: string): { state: StateDict; metadata: Record<string, string> } {
  const { entries, metadata } = parseHeader(text, Infinity);
  const data = new Float32Array();
  return { state: new Map(entries.map(({ name, shape }) => [name, { shape, data }])), metadata };
}
