/** Bytes of a file: an ArrayBuffer, or any view into one, such as a Uint8Array, a Node Buffer or a DataView. */
export type FileBytes = ArrayBufferLike | ArrayBufferView;

/**
 * Returns a plain Uint8Array over the same memory. A Node Buffer is a Uint8Array too, but its `slice()` does not copy.
 * @throws TypeError for anything else, such as a promise or a Blob
 */
export function bytesOf(source: FileBytes, caller: string): Uint8Array {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const kind = Object.prototype.toString.call(source).slice(8, -1);
  if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer') return new Uint8Array(source);
  const way =
    kind === 'Promise'
      ? 'Await it first.'
      : kind === 'Blob' || kind === 'File' || kind === 'Response'
        ? 'Pass new Uint8Array(await it.arrayBuffer()).'
        : 'Read the file first.';
  throw new TypeError(
    `${caller}: the bytes are not binary data (got ${kind}, expected a Uint8Array, another view or an ArrayBuffer). ${way}`,
  );
}
