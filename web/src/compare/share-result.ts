import { parseResult, type Result } from '../../../bench/lib/result-format.ts';
import { pack, unpack } from '../lib/packed.ts';

/** Returns a link that contains a result: the rows of all libraries and the limits, without the single kernels. */
export async function linkToResult(result: Result): Promise<string> {
  const data = await pack({ ...result, kernels: [] });
  return `${location.href.split('#')[0]}#/compare?result=${data}`;
}

/** Reads the result of a link. @throws Error if it is incomplete, or not a result */
export async function resultFromLink(data: string): Promise<Result> {
  let found: unknown;
  try {
    found = await unpack(data);
  } catch {
    throw new Error('The link does not contain a complete result. Copy the whole link again.');
  }
  return parseResult(found);
}
