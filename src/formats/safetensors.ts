import { checkValue, having } from '../gpu/check-options.ts';
import { expectState } from '../layers/expect-state.ts';
import { bytesOf, type FileBytes } from './bytes.ts';
import { fromBfloat16, fromFloat16 } from './float16.ts';
import {
  DTYPE_BYTES,
  elementCount,
  isDtype,
  MAX_HEADER_BYTES,
  METADATA_KEY,
  parseHeader,
  type SafetensorsDtype,
  SafetensorsError,
} from './safetensors-header.ts';

/** The array type of each dtype. F16 and BF16 are stored as bits in a Uint16Array; see `toFloat32`. */
interface ArrayOf {
  F64: Float64Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
  F32: Float32Array;
  I32: Int32Array;
  U32: Uint32Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I16: Int16Array;
  U16: Uint16Array;
  I8: Int8Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

/** The constructor of each array type. */
export const ARRAYS = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Record<SafetensorsDtype, unknown>;

/** A tensor: dtype, shape and elements in row-major order. */
export type SafetensorsTensor = {
  [D in SafetensorsDtype]: { dtype: D; shape: number[]; data: ArrayOf[D] };
}[SafetensorsDtype];

/** The content of a safetensors file. */
export interface SafetensorsFile {
  /** tensors by name, in the header's order */
  tensors: Map<string, SafetensorsTensor>;
  /** metadata of the file; empty if it has none */
  metadata: Record<string, string>;
}

/** Bytes of the header length at the start of the file. */
const LENGTH_BYTES = 8;
const ALIGNMENT = 8;

/**
 * Encodes a safetensors file: the header length as u64, the JSON header padded to 8 bytes, and the data. Wider types
 * come first in the data, so that each tensor is aligned to its element size; the header keeps the map's order.
 *
 * @throws SafetensorsError for a shape that does not match the data, the wrong array type, or a reserved name
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  expectState('encodeSafetensors', tensors);
  for (const [name, tensor] of tensors) checkTensor(name, tensor);
  const placed = [...tensors].sort(([, a], [, b]) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  const begins = new Map<string, number>();
  let dataBytes = 0;
  for (const [name, { data }] of placed) {
    begins.set(name, dataBytes);
    dataBytes += data.byteLength;
  }

  // Members are written one by one, since an object would put names like "0" before all others.
  const members: string[] = [];
  if (Object.keys(metadata).length > 0) members.push(`"${METADATA_KEY}":${metadataText(metadata)}`);
  for (const [name, { dtype, shape, data }] of tensors) {
    const begin = begins.get(name)!;
    const entry = { dtype, shape, data_offsets: [begin, begin + data.byteLength] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  const header = new TextEncoder().encode(`{${members.join(',')}}`);
  const padded = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  if (padded > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      `encodeSafetensors: the header is too long (got ${padded} bytes, at most ${MAX_HEADER_BYTES}). ` +
        'Shorten the metadata or split the file.',
    );
  }

  const file = new Uint8Array(LENGTH_BYTES + padded + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + padded);
  file.set(header, LENGTH_BYTES);
  for (const [name, { data }] of placed) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    file.set(bytes, LENGTH_BYTES + padded + begins.get(name)!);
  }
  return file;
}

/**
 * Decodes a safetensors file. The arrays are copies, so the file's bytes can be freed.
 *
 * @throws SafetensorsError for a file that violates the format: too short, a header that is not JSON or repeats a key,
 * an unknown dtype, or data that overlaps, has gaps or is missing
 */
export function decodeSafetensors(file: FileBytes): SafetensorsFile {
  const bytes = bytesOf(file, 'decodeSafetensors');
  if (bytes.length < LENGTH_BYTES) {
    throw new SafetensorsError(
      `safetensors: the file has ${bytes.length} bytes, fewer than the ${LENGTH_BYTES} of the header length. Download it again.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stated = view.getBigUint64(0, true);
  const rest = bytes.length - LENGTH_BYTES;
  if (stated > BigInt(MAX_HEADER_BYTES)) {
    throw new SafetensorsError(
      `safetensors: the header is too long (got ${stated} bytes, at most ${MAX_HEADER_BYTES}); ` +
        'this may not be a safetensors file.',
    );
  }
  const headerBytes = Number(stated);
  if (headerBytes > rest) {
    throw new SafetensorsError(
      `safetensors: the header has ${headerBytes} bytes, but only ${rest} follow its length. The file may be truncated; download it again.`,
    );
  }
  const start = LENGTH_BYTES + headerBytes;
  const header = parseHeader(headerText(bytes.subarray(LENGTH_BYTES, start)), bytes.length - start);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, dtype, shape, begin, end } of header.entries) {
    // Copies the bytes, since their offset in the file need not be a multiple of the element size.
    const { buffer } = new Uint8Array(bytes.subarray(start + begin, start + end));
    tensors.set(name, { dtype, shape, data: new ARRAYS[dtype](buffer) } as SafetensorsTensor);
  }
  return { tensors, metadata: header.metadata };
}

/**
 * Returns the elements in single precision. F32 is returned unchanged, F16 and BF16 are converted exactly, F64 and
 * integers beyond 2^24 are rounded.
 */
export function toFloat32(tensor: SafetensorsTensor): Float32Array {
  checkValue('toFloat32', 'tensor', tensor, (value) => having(value, 'dtype', 'a SafetensorsTensor'));
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data;
    case 'F16':
      return fromFloat16(tensor.data);
    case 'BF16':
      return fromBfloat16(tensor.data);
    case 'I64':
    case 'U64':
      return Float32Array.from(tensor.data, Number);
    default:
      return Float32Array.from(tensor.data);
  }
}

function headerText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SafetensorsError(
      'safetensors: the header is not UTF-8 text; this may not be a safetensors file.',
    );
  }
}

function checkTensor(name: string, { dtype, shape, data }: SafetensorsTensor): void {
  const of = `encodeSafetensors: tensor ${JSON.stringify(name)}`;
  if (name === METADATA_KEY || name === '__proto__') {
    throw new SafetensorsError(`${of}: the name is reserved. Rename the tensor.`);
  }
  if (!isDtype(dtype)) {
    throw new SafetensorsError(
      `${of}: unknown dtype (got ${String(dtype)}, expected one of ${Object.keys(DTYPE_BYTES).join(', ')})`,
    );
  }
  if (!(data instanceof ARRAYS[dtype])) {
    throw new SafetensorsError(
      `${of}: the wrong array for ${dtype} (got ${Object.prototype.toString.call(data).slice(8, -1)}, expected ${ARRAYS[dtype].name})`,
    );
  }
  const count = elementCount(shape);
  if (count !== data.length) {
    throw new SafetensorsError(
      `${of}: shape [${shape.join(', ')}] ${Number.isNaN(count) ? 'does not consist of non-negative integers' : `has ${count} elements`}, but the data has ${data.length}`,
    );
  }
}

function metadataText(metadata: Record<string, string>): string {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string' || key === '__proto__') {
      throw new SafetensorsError(
        `encodeSafetensors: metadata: ${JSON.stringify(key)}: expected a string under a key other than "__proto__"`,
      );
    }
  }
  return JSON.stringify(metadata);
}
