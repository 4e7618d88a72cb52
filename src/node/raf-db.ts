// RAF-DB, basic set: EmoLabel/list_patition_label.txt (sic) with lines such as "train_00001.jpg 5", and the
// aligned faces Image/aligned/train_00001_aligned.jpg. S. Li, W. Deng and J. Du, "Reliable Crowdsourcing and Deep
// Locality-Preserving Learning for Expression Recognition in the Wild", CVPR 2017.

import { text } from 'node:stream/consumers';
import { DataError } from '../data/data-error.ts';
import { EXPRESSION_NAMES } from '../data/expressions.ts';
import { number } from '../text/format.ts';
import { type DataPart, dataPart } from './data-set.ts';
import { type FileTree, subtree } from './file-tree.ts';
import { loadPart } from './load-part.ts';

const LIST = /(^|\/)EmoLabel\/list_(patition|partition)_label\.txt$/i;

/** RAF-DB's labels 1 to 7: surprise, fear, disgust, happiness, sadness, anger, neutral. */
export const RAF_CLASSES = EXPRESSION_NAMES.slice(0, 7);

/** Returns the parts of RAF-DB in a tree; an empty list if the file with its labels is missing. */
export async function findRafDb(tree: FileTree): Promise<DataPart[]> {
  const list = tree.files.find((path) => LIST.test(path));
  if (list === undefined) return [];
  const base = subtree(tree, list.split('/').slice(0, -2).join('/'));
  const lines = (await text(await tree.stream(list))).split(/\r?\n/);
  const aligned = new Map<string, string>();
  for (const path of base.files) {
    const match = /^Image\/(?:.*\/)?([^/]+)_aligned\.(jpg|jpeg|png)$/i.exec(path);
    if (match) aligned.set(match[1]!, path);
  }
  if (aligned.size === 0) {
    throw new DataError(
      `${base.where} has RAF-DB's labels, but no image Image/aligned/*_aligned.jpg. Unpack Image/aligned.zip there.`,
    );
  }
  const parts = { train: [] as Entry[], test: [] as Entry[] };
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const match = /^((train|test)_\w+)(?:\.\w+)?\s+([1-7])\s*$/.exec(line);
    if (!match) {
      throw new DataError(
        `${list} in ${tree.where}, line ${index + 1}: expected a name and a label from 1 to 7, such as ` +
          `"train_00001.jpg 5" (got "${line.slice(0, 80)}")`,
      );
    }
    const [, name, part, label] = match as unknown as [string, string, 'train' | 'test', string];
    // A missing image stays in the list; loading skips it and reports its name.
    const path = aligned.get(name) ?? `Image/aligned/${name}_aligned.jpg`;
    parts[part].push({ path, label: Number(label) - 1 });
  }
  return (['train', 'test'] as const).flatMap((name) => {
    const entries = parts[name];
    if (entries.length === 0) return [];
    const plan = { where: base.where, tree: base, classNames: RAF_CLASSES, entries, skipped: [] };
    const part = dataPart({
      name,
      where: `${name} part of ${base.where}`,
      length: entries.length,
      words: (count) => `${number(count)} aligned faces`,
      load: (options) => loadPart(plan, options),
    });
    return [part];
  });
}

interface Entry {
  path: string;
  label: number;
}
