import { relative } from 'node:path';

/** Returns a path relative to the working directory, or unchanged if it is outside. */
export function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}
