import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../data/data-error.ts';
import { EXPRESSION_NAMES } from '../data/expressions.ts';
import { LABEL_RULES, type LabelRule } from '../data/label-rules.ts';
import { anything, checkOptions, checkValue, oneOf, text } from '../gpu/check-options.ts';
import { findClassFolders } from './class-folders.ts';
import { type DataPart, type DataSet, inOrder, type PartName } from './data-set.ts';
import { openDirectory } from './directory-tree.ts';
import { findFerPlus } from './ferplus.ts';
import { findFerPlusCsv } from './ferplus-csv.ts';
import { type FileTree, subtree } from './file-tree.ts';
import { openFileTree } from './open-file-tree.ts';
import { findRafDb, RAF_CLASSES } from './raf-db.ts';

/** Options of `openDataSet`. */
export interface OpenDataSetOptions {
  /** rule that converts the votes of FER+ to labels; an error for a data set without votes */
  labels?: LabelRule;
  /** the rule for data sets with votes if `labels` is omitted (default `majority`) */
  defaultLabels?: LabelRule;
}

const LOOKED_FOR = `looked for
  FER+ label.csv with its images, in FER2013Train, FER2013Valid and FER2013Test or in the given folder,
           or those as .tar or .zip
  FER+     fer2013.csv and fer2013new.csv
  RAF-DB   EmoLabel/list_patition_label.txt and Image/aligned/*_aligned.jpg
  classes  images (.png, .jpg, .jpeg, .webp) in one subfolder per class, at the top or in train/, valid/, test/`;

/**
 * Finds a data set and its parts in a folder, a .tar, a .zip or the folder of a .csv, in any of the known layouts.
 * Reads names and labels; images are read when a part is loaded.
 *
 * @throws DataError with what was found and what was expected
 */
export async function openDataSet(path: string, options: OpenDataSetOptions = {}): Promise<DataSet> {
  checkOptions('openDataSet', options, { labels: anything, defaultLabels: (v) => oneOf(v, LABEL_RULES) });
  checkValue('openDataSet', 'path', path, text);
  const { labels: rule, defaultLabels = 'majority' } = options;
  if (rule !== undefined && !LABEL_RULES.includes(rule)) {
    throw new DataError(`labels: unknown rule (got "${rule}", expected ${LABEL_RULES.join(', ')})`);
  }
  const tree = await openTree(path);
  const opened = [tree];
  try {
    const found = await find(tree, path, rule ?? defaultLabels, opened);
    if (rule !== undefined && !found.layout.startsWith('FER+')) {
      throw new DataError(
        `labels: ${rule} is for data sets with votes, but ${path} (${found.layout}) has labels. Omit it.`,
      );
    }
    const parts = inOrder(found.parts);
    const description = `${found.layout}: ${parts.map((part) => part.description).join('; ')}`;
    return { ...found, parts, description, close: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** Returns the part to evaluate (default: test, otherwise validation, otherwise the only one). */
export function partForTesting(set: DataSet, chosen?: PartName): DataPart {
  const order: PartName[] = chosen ? [chosen] : ['test', 'valid', 'all', 'train'];
  for (const name of order) {
    const part = set.parts.find((one) => one.name === name);
    if (part) return part;
  }
  const names = set.parts.map(({ name }) => name).join(', ');
  throw new DataError(`there is no ${chosen} part (found ${names}: ${set.description})`);
}

type Found = Pick<DataSet, 'layout' | 'classNames' | 'parts'>;

async function find(tree: FileTree, path: string, rule: LabelRule, opened: FileTree[]): Promise<Found> {
  // Microsoft's repository has label.csv without images; if fer2013.csv is also there, the tables are used.
  const hasPictures = tree.files.some((file) => /\.(png|jpe?g|webp)$/i.test(file));
  const table = hasPictures ? [] : await findFerPlusCsv(tree, rule);
  const folders = table.length > 0 ? [] : await findFerPlus(tree, rule);
  const ferPlus = folders.length > 0 ? folders : await inArchives(tree, path, rule, opened);
  if (ferPlus.length > 0) return { layout: 'FER+', classNames: EXPRESSION_NAMES, parts: ferPlus };
  const tables = hasPictures ? await findFerPlusCsv(tree, rule) : table;
  if (tables.length > 0)
    return { layout: "FER+ (Kaggle's csv)", classNames: EXPRESSION_NAMES, parts: tables };
  const raf = await findRafDb(tree);
  if (raf.length > 0) return { layout: 'RAF-DB', classNames: RAF_CLASSES, parts: raf };
  const isClassLike = tree.files.some((file) => /\/[^/]+\.(png|jpe?g|webp)$/i.test(file));
  try {
    return { layout: 'class folders', ...findClassFolders(unwrapped(tree)) };
  } catch (error) {
    if (isClassLike || !(error instanceof DataError)) throw error;
    throw new DataError(`${error.message}\n${LOOKED_FOR}`);
  }
}

/** Returns the parts of FER+ in archives in the folder, such as FER2013Train.tar and FER2013Valid.tar. */
async function inArchives(
  tree: FileTree,
  path: string,
  rule: LabelRule,
  opened: FileTree[],
): Promise<DataPart[]> {
  if (!(await isFolder(path))) return [];
  const archives = tree.files.filter((file) =>
    /^fer[-_]?2013[-_]?(train|valid|test)\.(tar|zip)$/i.test(file),
  );
  const parts: DataPart[] = [];
  for (const archive of archives) {
    const inside = await openFileTree(join(path, archive));
    opened.push(inside);
    parts.push(...(await findFerPlus(inside, rule)));
  }
  const twice = parts.find(({ name }, i) => parts.some((other, j) => j < i && other.name === name));
  if (twice) {
    throw new DataError(
      `${tree.where}: ${archives.join(', ')} hold the ${twice.name} part more than once. Keep one archive per part.`,
    );
  }
  return parts;
}

async function openTree(path: string): Promise<FileTree> {
  // For a table, only the files in its folder count, not those in subfolders.
  if (/\.csv$/i.test(path) && !(await isFolder(path))) return openDirectory(dirname(path), 0);
  return openFileTree(path);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** Archives often contain a single folder with everything in it; that folder is the root if it has subfolders. */
function unwrapped(tree: FileTree): FileTree {
  const root = tree.files[0]?.split('/')[0];
  if (root === undefined || tree.where.startsWith('the folder')) return tree;
  const isShared = tree.files.every((path) => path.startsWith(`${root}/`));
  const hasFolders = tree.files.some((path) => path.split('/').length > 2);
  return isShared && hasFolders ? unwrapped(subtree(tree, root)) : tree;
}

async function closeAll(trees: readonly FileTree[]): Promise<void> {
  for (const tree of trees) await tree.close();
}
