import { pack, unpack } from '../lib/packed.ts';
import type { Program } from './examples.ts';

/** Returns a program as text for a URL. */
export const encodeProgram = ({ code, wgsl }: Program): Promise<string> => pack(wgsl ? [code, wgsl] : [code]);

/** @throws Error for text that `encodeProgram` did not return */
export async function decodeProgram(text: string): Promise<Program> {
  try {
    const [code, wgsl = ''] = (await unpack(text)) as unknown[];
    if (typeof code !== 'string' || typeof wgsl !== 'string') throw new Error('not a program');
    return { code, wgsl };
  } catch {
    throw new Error('The link does not contain a complete program. Copy the whole link again.');
  }
}
