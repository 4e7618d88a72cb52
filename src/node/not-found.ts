import { isAbsolute, resolve } from 'node:path';
import { DataError } from '../data/data-error.ts';

/** Returns the error for a path that does not exist. It also states where a relative path was looked for. */
export function notFound(what: string, path: string): DataError {
  if (path === '') return new DataError('the path is empty. Pass the path of a folder or file.');
  const place = isAbsolute(path) ? '' : ` (looked for ${resolve(path)})`;
  return new DataError(`${what} does not exist${place}. Check the path.`);
}
