/** Thrown for bytes that are not a valid safetensors file, and for values that cannot be written to one. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

/** Bytes per element, by the type's name in the format. */
export const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** An element type by its name in safetensors, such as 'F32'. */
export type SafetensorsDtype = keyof typeof DTYPE_BYTES;

/** The position of a tensor in the data after the header: from byte `begin` (inclusive) to byte `end` (exclusive). */
export interface HeaderEntry {
  name: string;
  dtype: SafetensorsDtype;
  shape: number[];
  begin: number;
  end: number;
}

export interface Header {
  entries: HeaderEntry[];
  metadata: Record<string, string>;
}

/** The format's limit, which guards against headers made to exhaust memory. */
export const MAX_HEADER_BYTES = 100_000_000;
export const METADATA_KEY = '__metadata__';

export function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === 'string' && Object.hasOwn(DTYPE_BYTES, value);
}

/**
 * Returns the number of elements of a shape; NaN if a size is not a non-negative integer or the product is not exact.
 */
export function elementCount(shape: readonly unknown[]): number {
  let count = 1;
  for (const side of shape) {
    if (typeof side !== 'number' || !Number.isSafeInteger(side) || side < 0) return Number.NaN;
    count *= side;
    if (!Number.isSafeInteger(count)) return Number.NaN;
  }
  return count;
}

/**
 * Reads and checks the JSON header.
 *
 * @param text the header
 * @param dataBytes number of bytes after the header; the tensors must cover them exactly. Infinity while the end of the
 *   file is unknown
 * @throws SafetensorsError that names the tensor and what is wrong with it
 */
export function parseHeader(text: string, dataBytes: number): Header {
  if (!text.startsWith('{')) fail(`the header does not begin with "{" (got ${quote(text.slice(0, 12))})`);
  checkBrackets(text);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    fail(`the header is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const names = topKeys(text);
  const header: Header = { entries: [], metadata: {} };
  for (const name of names) {
    const value = (json as Record<string, unknown>)[name];
    if (name === METADATA_KEY) header.metadata = readMetadata(value);
    else header.entries.push(readEntry(name, value, dataBytes));
  }
  checkCover(header.entries, dataBytes);
  return header;
}

/** Maximum nesting of a header: names, entries, shapes. */
const DEEPEST = 3;
/** Length of the shortest entry, which has three brackets. */
const SHORTEST_ENTRY = 40;

/** Rejects a header that consists mainly of brackets, for which JSON.parse would need minutes and gigabytes. */
function checkBrackets(text: string): void {
  const most = 16 + 3 * Math.ceil(text.length / SHORTEST_ENTRY);
  let [depth, count] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22 /* " */) {
      for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (code === 0x7b || code === 0x5b) {
      count++;
      if (++depth > DEEPEST) fail(`the header is nested deeper than the format's ${DEEPEST} levels`);
      if (count > most)
        fail('the header has more brackets than its tensors need, which may be an attempt to exhaust memory');
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}

function readMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) fail(`${METADATA_KEY}: got ${quote(value)}, expected an object of strings`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      fail(`${METADATA_KEY}: ${quote(key)}: got ${quote(text)}, expected a string`);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, dataBytes: number): HeaderEntry {
  const of = `tensor ${quote(name)}`;
  if (!isObject(value)) fail(`${of}: entry: got ${quote(value)}, expected an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) {
    fail(
      `${of}: unknown dtype (got ${quote(dtype)}, expected one of ${Object.keys(DTYPE_BYTES).join(', ')})`,
    );
  }
  if (!Array.isArray(shape)) fail(`${of}: shape: got ${quote(shape)}, expected a list of integers`);
  const bytes = elementCount(shape) * DTYPE_BYTES[dtype];
  if (!Number.isSafeInteger(bytes)) {
    fail(`${of}: shape: got ${quote(shape)}, expected non-negative integers with a product below 2^53`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isOffset)) {
    fail(`${of}: data_offsets: got ${quote(offsets)}, expected two non-negative integers`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) fail(`${of}: data_offsets [${begin}, ${end}] end before they begin`);
  if (end > dataBytes) {
    fail(
      `${of}: its data ends at byte ${end}, but the file has ${dataBytes} bytes of data. It may be truncated; download it again.`,
    );
  }
  if (end - begin !== bytes) {
    fail(
      `${of}: ${dtype} of shape [${shape.join(', ')}] needs ${bytes} bytes, but ` +
        `data_offsets [${begin}, ${end}] span ${end - begin}`,
    );
  }
  return { name, dtype, shape: shape as number[], begin, end };
}

/** Checks that the tensors cover the data without gap or overlap. */
function checkCover(entries: readonly HeaderEntry[], dataBytes: number): void {
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let before = '';
  for (const { name, begin, end } of inOrder) {
    if (begin < covered) {
      fail(
        `tensors ${quote(before)} and ${quote(name)} overlap: bytes ${begin} to ${Math.min(covered, end)}`,
      );
    }
    if (begin > covered)
      fail(`bytes ${covered} to ${begin}, before tensor ${quote(name)}, belong to no tensor`);
    covered = end;
    before = name;
  }
  if (covered < dataBytes && dataBytes !== Infinity)
    fail(`bytes ${covered} to ${dataBytes}, at the end, belong to no tensor`);
}

/**
 * Returns the outermost keys in the order of the text (an object would put names like "0" first). Rejects keys that
 * occur twice (JSON.parse would silently keep the last) and `__proto__`, at any depth. The text is known to be valid
 * JSON, so a string is a key exactly when a colon follows it.
 */
function topKeys(text: string): Set<string> {
  const top = new Set<string>();
  const open: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{') open.push(open.length === 0 ? top : new Set());
    else if (character === '}') open.pop();
    else if (character === '"') {
      const end = endOfString(text, i);
      if (isKey(text, end)) addKey(open.at(-1)!, JSON.parse(text.slice(i, end)) as string);
      i = end - 1;
    }
  }
  return top;
}

/** Returns the index after the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function isKey(text: string, end: number): boolean {
  let i = end;
  while (text[i] === ' ' || text[i] === '\t' || text[i] === '\n' || text[i] === '\r') i++;
  return text[i] === ':';
}

function addKey(keys: Set<string>, key: string): void {
  if (keys.has(key)) fail(`the key ${quote(key)} occurs twice in the header`);
  if (key === '__proto__') fail('the header contains the key "__proto__", which is not allowed');
  keys.add(key);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOffset(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Formats a value from the file for a message, shortened and without nested values. */
function quote(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) {
    const items = value.slice(0, 8).map((item) => (typeof item === 'object' ? 'object' : quote(item)));
    return `[${items.join(', ')}${value.length > 8 ? ', ...' : ''}]`;
  }
  if (isObject(value)) return 'an object';
  return String(value);
}

function fail(message: string): never {
  throw new SafetensorsError(`safetensors: ${message}`);
}
