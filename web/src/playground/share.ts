import type { Program } from './examples.ts';

/** Returns a program as text for a URL: JSON, compressed (deflate), in base64url. */
export async function encodeProgram({ code, wgsl }: Program): Promise<string> {
  const json = new TextEncoder().encode(JSON.stringify(wgsl ? [code, wgsl] : [code]));
  const bytes = await through(new CompressionStream('deflate-raw'), json);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** @throws Error for text that `encodeProgram` did not return */
export async function decodeProgram(text: string): Promise<Program> {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const json = new TextDecoder().decode(await through(new DecompressionStream('deflate-raw'), bytes));
    const [code, wgsl = ''] = JSON.parse(json) as unknown[];
    if (typeof code !== 'string' || typeof wgsl !== 'string') throw new Error('not a program');
    return { code, wgsl };
  } catch {
    throw new Error('The link does not contain a complete program. Copy the whole link again.');
  }
}

/** Longest program in bytes, so that a damaged or hostile link cannot fill the memory. */
const LONGEST = 1_000_000;

async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > LONGEST) throw new Error('too long');
    parts.push(part.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
