import { relative } from 'node:path';

/** A path relative to the working directory, or as it is when it lies outside of it. */
export function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}
