// Data sets with one subfolder per class, at the top or in train/, valid/ and test/.

import { DataError } from '../data/data-error.ts';
import { planFolder } from '../data/folder-rules.ts';
import { number } from '../text/format.ts';
import { type DataPart, dataPart, type PartName, partNamed } from './data-set.ts';
import { type FileTree, subtree } from './file-tree.ts';
import { loadPart } from './load-part.ts';

export interface ClassFolders {
  classNames: string[];
  parts: DataPart[];
}

/** @throws DataError that says why the folders are not classes */
export function findClassFolders(tree: FileTree): ClassFolders {
  const top = [
    ...new Set([...tree.folders, ...tree.files.filter(isBelow)].map((path) => path.split('/')[0]!)),
  ];
  const names = top.map((folder) => ({ folder, name: partNamed(folder) }));
  if (names.length === 0 || names.some(({ name }) => name === undefined)) {
    const plan = planOf(tree);
    return { classNames: plan.classNames, parts: [partOf(plan, partNamed(tree.name) ?? 'all')] };
  }
  const found = new Map<PartName, string>();
  for (const { folder, name } of names as { folder: string; name: PartName }[]) {
    const twin = found.get(name);
    if (twin !== undefined) {
      throw new DataError(
        `${tree.where}: "${twin}" and "${folder}" are both its ${name} part. Keep only one of them there.`,
      );
    }
    found.set(name, folder);
  }
  const plans = (['train', 'valid', 'test'] as const).flatMap((name) => {
    const folder = found.get(name);
    return folder === undefined ? [] : [{ name, plan: planOf(subtree(tree, folder)) }];
  });
  const { classNames } = plans[0]!.plan;
  const parts = plans.map(({ name, plan }) => partOf(withClasses(plan, classNames, plans[0]!.name), name));
  return { classNames, parts };
}

type Plan = ReturnType<typeof planOf>;

function planOf(tree: FileTree) {
  const files = tree.files.map((path) => ({ path, file: path }));
  const { where, classNames, entries, skipped } = planFolder({
    where: tree.where,
    files,
    folders: tree.folders,
  });
  return { where, tree, classNames, entries, skipped };
}

function partOf(plan: Plan, name: PartName): DataPart {
  const { where, classNames, entries } = plan;
  return dataPart({
    name,
    where,
    length: entries.length,
    words: (count) => `${number(count)} images of ${classNames.length} classes`,
    load: (options) => loadPart({ ...plan, needsEachClass: true }, options),
  });
}

/** Converts labels to positions in the first part's classes; another part may have fewer classes. */
function withClasses(plan: Plan, classNames: string[], first: PartName): Plan {
  const positions = plan.classNames.map((name) => classNames.indexOf(name));
  const unknown = plan.classNames.filter((_, i) => positions[i] === -1);
  if (unknown.length > 0) {
    const part = first === 'train' ? 'training part' : `${first} part`;
    throw new DataError(
      `${plan.where} has the class ${unknown.map((name) => `"${name}"`).join(', ')}, which the ${part} does not have ` +
        `(${classNames.join(', ')}). Use the same folder names in both parts.`,
    );
  }
  const entries = plan.entries.map((entry) => ({ ...entry, label: positions[entry.label]! }));
  return { ...plan, classNames, entries };
}

function isBelow(path: string): boolean {
  return path.includes('/');
}
