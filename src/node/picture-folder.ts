import { readdir, readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import type Sharp from 'sharp';
import { DataError } from '../data/data-error.ts';
import { type FolderListing, isHidden, planFolder, readPlan } from '../data/folder-rules.ts';
import {
  DEFAULT_MAX_SIDE,
  greyIfEqual,
  type LabelledPictures,
  type Picture,
  type ReadPicturesOptions,
} from '../data/picture.ts';

/**
 * Reads a folder of labelled pictures, one sub-folder a class (PNG, JPEG or WebP, any size), into memory.
 * Rotation by EXIF is applied, transparency is laid on white, grey stays one channel, and pictures larger
 * than `maxSide` are shrunk. Broken pictures are left out and named in `skipped`.
 *
 * @throws DataError when there is no such folder, no picture, one class alone or a class without a picture,
 * and when the package `sharp`, which decodes the files, is not installed
 */
export async function readPictureFolder(
  dir: string,
  options: ReadPicturesOptions = {},
): Promise<LabelledPictures> {
  const plan = planFolder(await listFolder(dir));
  const sharp = await loadSharp();
  const { maxSide = DEFAULT_MAX_SIDE, concurrency = 2 * availableParallelism() } = options;
  // Many small pictures decode fastest with one thread each; libvips would give each all the cores.
  const threads = sharp.concurrency();
  sharp.concurrency(1);
  try {
    return await readPlan(plan, (file, path) => decode(sharp, file, path, maxSide), {
      ...options,
      concurrency,
    });
  } finally {
    sharp.concurrency(threads);
  }
}

async function listFolder(dir: string): Promise<FolderListing<string>> {
  const where = `the folder ${dir}`;
  const root = resolve(dir);
  const found = await stat(root).catch(() => undefined);
  if (!found) throw new DataError(`${where} does not exist (looked for ${root}); check the path`);
  if (!found.isDirectory()) {
    throw new DataError(`${where} is a file; give the folder that holds one sub-folder a class`);
  }
  const listing = { where, files: [] as { path: string; file: string }[], folders: [] as string[] };
  await walk(root, root, listing, 0);
  return listing;
}

/** Folders in folders are looked into only so far as a message about a misplaced picture needs it. */
const DEEPEST = 4;

async function walk(
  root: string,
  dir: string,
  listing: { files: { path: string; file: string }[]; folders: string[] },
  depth: number,
): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (isHidden(entry.name)) continue;
    const file = join(dir, entry.name);
    const path = relative(root, file).split(sep).join('/');
    const isFolder = entry.isSymbolicLink() ? await leadsToFolder(file) : entry.isDirectory();
    if (!isFolder) listing.files.push({ path, file });
    else {
      listing.folders.push(path);
      if (depth < DEEPEST) await walk(root, file, listing, depth + 1);
    }
  }
}

/** A link that leads nowhere counts as a file, and is reported when it cannot be read. */
async function leadsToFolder(link: string): Promise<boolean> {
  const target = await stat(link).catch(() => undefined);
  return target?.isDirectory() ?? false;
}

async function decode(sharp: typeof Sharp, file: string, name: string, maxSide: number): Promise<Picture> {
  const bytes = await readFile(file);
  if (bytes.length === 0) throw new Error('the file is empty');
  const { data, info } = await sharp(bytes)
    .rotate()
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  // Buffers of Node may be slices of a shared pool, which a long-lived picture would keep alive.
  const samples = new Uint8Array(data);
  return { width, height, name, ...(channels === 1 ? { channels, data: samples } : greyIfEqual(samples)) };
}

async function loadSharp(): Promise<typeof Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    throw new DataError(
      'readPictureFolder: pictures are decoded by the package sharp, which could not be loaded; ' +
        `run "npm install sharp" (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`,
    );
  }
}
