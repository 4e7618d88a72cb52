// Rules for folders of images, shared by Node and the web app.

import { DataError } from './data-error.ts';
import { EXPRESSION_NAMES } from './expressions.ts';
import type { LabeledPictures, Picture, SkippedPicture } from './picture.ts';
import { isSkipped, type ReadEachOptions, readEach } from './read-each.ts';

const PICTURE = /\.(png|jpe?g|webp)$/i;
const KINDS = '.png, .jpg, .jpeg or .webp';

/** A file below the folder; `path` is relative to it, with `/` between the names. */
export interface FolderFile<T> {
  path: string;
  file: T;
}

/** Contents of a folder, before any file is read. */
export interface FolderListing<T> {
  /** name of the folder, for messages */
  where: string;
  files: FolderFile<T>[];
  /** paths of folders; only needed for folders without files */
  folders?: Iterable<string>;
}

/** The images to read, sorted by class and name. */
export interface FolderPlan<T> {
  where: string;
  classNames: string[];
  entries: { path: string; file: T; label: number }[];
  skipped: SkippedPicture[];
}

/** Returns whether a name is hidden or an artifact of macOS archives. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX';
}

/**
 * Finds classes and images: each subfolder is a class, and the images directly in it are its examples. If all names are
 * among the eight expressions (in any case), they get their order and spelling; otherwise the order is alphabetical.
 *
 * @throws DataError when there are no images, only one class, or a class without images
 */
export function planFolder<T>(listing: FolderListing<T>): FolderPlan<T> {
  const { where } = listing;
  const classes = new Map<string, FolderFile<T>[]>();
  const others = new Map<string, number>();
  const loose: string[] = [];
  const deep: string[] = [];
  const addClass = (name: string) => {
    if (!classes.has(name)) classes.set(name, []);
  };
  for (const path of listing.folders ?? []) {
    const names = path.split('/');
    if (!names.some(isHidden)) addClass(names[0]!);
  }
  for (const entry of listing.files) {
    const names = entry.path.split('/');
    if (names.some(isHidden)) continue;
    const folder = names[0]!;
    if (names.length > 1) addClass(folder);
    if (!PICTURE.test(entry.path)) others.set(folder, (others.get(folder) ?? 0) + 1);
    else if (names.length === 1) loose.push(entry.path);
    else if (names.length > 2) deep.push(entry.path);
    else classes.get(folder)!.push(entry);
  }

  const pictures = [...classes.values()].reduce((sum, files) => sum + files.length, 0);
  if (pictures === 0) throw noPicture(where, [...classes.keys()], loose, deep);
  const order = orderClasses([...classes.keys()], where);
  if (order.length === 1) {
    throw new DataError(
      `${where} has only one class, "${order[0]!.folder}" with ${count(pictures, 'image')}. ` +
        'A classifier needs two or more subfolders. If this is one class of a larger folder, choose the folder above it.',
    );
  }
  const entries: FolderPlan<T>['entries'] = [];
  for (const [label, { folder }] of order.entries()) {
    const files = classes.get(folder)!;
    if (files.length === 0) throw emptyClass(where, folder, others.get(folder) ?? 0, deep);
    files.sort((a, b) => compare(a.path, b.path));
    for (const { path, file } of files) entries.push({ path, file, label });
  }
  const skipped = [
    ...loose.map((name) => ({ name, reason: 'is not in a class folder' })),
    ...deep.map((name) => ({ name, reason: 'is in a subfolder of its class folder' })),
  ];
  return { where, classNames: order.map(({ name }) => name), entries, skipped };
}

/**
 * Reads the images of a plan, `concurrency` at a time. Images whose reader throws are skipped.
 *
 * @throws DataError when a class has no readable image; the reason of `signal` when it is aborted
 */
export async function readPlan<T>(
  plan: FolderPlan<T>,
  read: (file: T, path: string) => Promise<Picture>,
  options: ReadEachOptions,
): Promise<LabeledPictures> {
  const { entries, classNames } = plan;
  const results = await readEach(
    entries,
    ({ path }) => path,
    ({ file, path }) => read(file, path),
    options,
  );
  requireEachClass(plan, results);
  const pictures: Picture[] = [];
  const labels: number[] = [];
  const skipped = [...plan.skipped];
  for (const [index, result] of results.entries()) {
    if (isSkipped(result)) skipped.push(result);
    else {
      pictures.push(result);
      labels.push(entries[index]!.label);
    }
  }
  return { pictures, labels: Uint32Array.from(labels), classNames, skipped };
}

/** @throws DataError when all images of a class were skipped */
export function requireEachClass(
  {
    where,
    classNames,
    entries,
  }: Pick<FolderPlan<unknown>, 'where' | 'classNames'> & {
    entries: readonly { label: number }[];
  },
  results: readonly unknown[],
): void {
  for (const [label, name] of classNames.entries()) {
    const own = results.filter((_, index) => entries[index]!.label === label);
    const [first] = own;
    if (!isSkipped(first) || !own.every(isSkipped)) continue;
    throw new DataError(
      `${where}: the class "${name}" has no readable image: ${count(own.length, 'file')} could not be read, ` +
        `the first being ${first.name} (${first.reason}). Replace them or remove the folder.`,
    );
  }
}

interface OrderedClass {
  folder: string;
  name: string;
}

function orderClasses(folders: string[], where: string): OrderedClass[] {
  const lower = EXPRESSION_NAMES.map((name) => name.toLowerCase());
  const positions = folders.map((folder) => lower.indexOf(folder.toLowerCase()));
  if (positions.includes(-1)) return folders.sort(compare).map((folder) => ({ folder, name: folder }));
  const order: OrderedClass[] = [];
  for (const [position, name] of EXPRESSION_NAMES.entries()) {
    const same = folders.filter((_, i) => positions[i] === position);
    if (same.length > 1) {
      throw new DataError(
        `${where}: the folders ${same.map((folder) => `"${folder}"`).join(' and ')} are the same class. ` +
          'Move their images into one folder.',
      );
    }
    if (same[0] !== undefined) order.push({ folder: same[0], name });
  }
  return order;
}

function noPicture(where: string, folders: string[], loose: string[], deep: string[]): DataError {
  const way = `Put ${KINDS} files into one subfolder per class, such as Happy/0001.png.`;
  if (deep.length > 0) {
    const above = deep[0]!.split('/').slice(0, -2).join('/');
    return new DataError(
      `${where} has no images directly in its subfolders, but ${count(deep.length, 'image')} deeper, such as ${deep[0]}. ` +
        `Did you mean its folder "${above}"?`,
    );
  }
  if (loose.length > 0) {
    return new DataError(
      `${where} has ${count(loose.length, 'image')} outside of subfolders, such as ${loose[0]}, and therefore no classes. ${way}`,
    );
  }
  const found =
    folders.length === 0
      ? 'has no subfolder'
      : `has ${count(folders.length, 'subfolder')} (${listed(folders)})`;
  return new DataError(`${where} ${found} and no images. ${way}`);
}

function emptyClass(where: string, folder: string, others: number, deep: string[]): DataError {
  const inside = deep.filter((path) => path.startsWith(`${folder}/`));
  const holds =
    inside.length > 0
      ? `, only in subfolders of it, such as ${inside[0]}`
      : others > 0
        ? `, only ${count(others, 'file')} of other types than ${KINDS}`
        : '';
  return new DataError(
    `${where}: the class "${folder}" has no images${holds}. Put ${KINDS} files directly into it, or remove the folder.`,
  );
}

function listed(names: string[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name}"`);
  return names.length > 5 ? `${shown.join(', ')}, ...` : shown.join(', ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Compares by code units, so that the order is the same on every system and in every language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
