import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { DataError } from '../data/data-error.ts';
import { planFolder, readPlan } from '../data/folder-rules.ts';
import {
  DEFAULT_MAX_SIDE,
  type LabeledPictures,
  READ_OPTIONS,
  type ReadPicturesOptions,
} from '../data/picture.ts';
import { checkOptions, checkValue, text } from '../gpu/check-options.ts';
import { openDecoder, withSingleThreads } from './decode-picture.ts';
import { openDirectory } from './directory-tree.ts';
import { notFound } from './not-found.ts';

/**
 * Reads a folder of labeled images, one subfolder per class (PNG, JPEG or WebP, any size), into memory. The EXIF
 * orientation is applied, transparency is blended with white, gray images keep one channel, and images larger than
 * `maxSide` are reduced. Damaged images are omitted and listed in `skipped`.
 *
 * @throws DataError when the folder does not exist, has no images, only one class or a class without images, or when
 * the package `sharp`, which decodes the files, is not installed
 */
export async function readPictureFolder(
  dir: string,
  options: ReadPicturesOptions = {},
): Promise<LabeledPictures> {
  checkValue('readPictureFolder', 'dir', dir, text);
  checkOptions('readPictureFolder', options, READ_OPTIONS);
  const where = `the folder ${dir}`;
  const found = await stat(dir).catch(() => undefined);
  if (!found) throw notFound(where, dir);
  if (!found.isDirectory()) {
    throw new DataError(`${where} is a file. Pass a folder with one subfolder per class.`);
  }
  const tree = await openDirectory(dir);
  const files = tree.files.map((path) => ({ path, file: path }));
  const plan = planFolder({ where, files, folders: tree.folders });
  const { maxSide = DEFAULT_MAX_SIDE, concurrency = 2 * availableParallelism() } = options;
  const decoder = await openDecoder(maxSide);
  const read = async (path: string) => decoder.decode(await tree.read(path), path);
  return withSingleThreads(() => readPlan(plan, read, { ...options, concurrency }));
}
