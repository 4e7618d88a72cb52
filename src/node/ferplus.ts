// FER+ as written by Microsoft's generate_training_data.py: FER2013Train/, FER2013Valid/ and FER2013Test/, each with
// label.csv and the images that it names.

import { DataError } from '../data/data-error.ts';
import { EXPRESSION_NAMES } from '../data/expressions.ts';
import { parseVotes } from '../data/ferplus-rules.ts';
import { distributionFromVotes, FERPLUS_VOTES, type LabelRule, labelFromVotes } from '../data/label-rules.ts';
import { number } from '../text/format.ts';
import { readCsv } from './csv.ts';
import { type DataPart, dataPart, type PartName, partNamed } from './data-set.ts';
import { type FileTree, subtree } from './file-tree.ts';
import { loadPart } from './load-part.ts';

const LABELS = 'label.csv';
/** In label.csv the votes follow the name and the box of the face, which in FER+ is always the whole image. */
const FIRST_VOTE = 2;

/** The name of an image, and its votes. */
export interface Votes {
  name: string;
  votes: number[];
}

/** The labels of a list of images, and which images have a label. */
export interface Labeled {
  /** indices of the images that have a label */
  kept: number[];
  /** their labels, as indices into `EXPRESSION_NAMES` */
  labels: Uint32Array;
  /** their soft targets [kept, 8], if the rule produces them */
  distributions?: Float32Array;
}

export function applyRule(list: readonly { votes: readonly number[] }[], rule: LabelRule): Labeled {
  const labels = list.map(({ votes }) => labelFromVotes(votes, rule));
  const kept = [...labels.keys()].filter((index) => labels[index] !== null);
  const result: Labeled = { kept, labels: Uint32Array.from(kept, (index) => labels[index] as number) };
  if (rule !== 'distribution') return result;
  const distributions = new Float32Array(kept.length * EXPRESSION_NAMES.length);
  kept.forEach((index, row) => {
    distributions.set(distributionFromVotes(list[index]!.votes), row * EXPRESSION_NAMES.length);
  });
  return { ...result, distributions };
}

/** Describes how many images received a label, for messages. */
export function inWords(count: number, rule: LabelRule, without: number): string {
  const by = {
    majority: 'label by majority of the votes',
    argmax: 'label by most votes',
    distribution: 'target by distribution of the votes',
  };
  const rest = without > 0 ? `; ${number(without)} others have no label and are excluded` : '';
  return `${number(count)} images, ${by[rule]}${rest}`;
}

/** Returns the parts of FER+ in a tree, one per folder with a label.csv. */
export async function findFerPlus(tree: FileTree, rule: LabelRule): Promise<DataPart[]> {
  const tables = tree.files.filter((path) => path.split('/').at(-1)!.toLowerCase() === LABELS);
  const parts = new Map<PartName, { part: DataPart; folder: string }>();
  for (const table of tables) {
    const folder = table.split('/').slice(0, -1).join('/');
    const inside = subtree(tree, folder);
    const name = partNamed(inside.name) ?? 'all';
    const twin = parts.get(name);
    if (twin) {
      const both = [twin.folder, folder].map((path) => `"${path || '.'}"`).join(' and ');
      throw new DataError(
        name === 'all'
          ? `${tree.where}: ${both} contain label.csv, but their names do not tell which part they are. ` +
              'Name them FER2013Train, FER2013Valid and FER2013Test, or pass one of them.'
          : `${tree.where}: ${both} are both the ${name} part. Pass a folder that contains only one of them.`,
      );
    }
    const part = await ferPlusPart(inside, table.slice(folder ? folder.length + 1 : 0), name, rule);
    parts.set(name, { part, folder });
  }
  return [...parts.values()].map(({ part }) => part);
}

async function ferPlusPart(
  tree: FileTree,
  table: string,
  name: PartName,
  rule: LabelRule,
): Promise<DataPart> {
  const { where } = tree;
  const list = await readVotes(tree, table);
  const labeled = applyRule(list, rule);
  const there = new Set(tree.files);
  const found = labeled.kept.filter((index) => there.has(list[index]!.name));
  if (labeled.kept.length === 0) {
    throw new DataError(`${where}: none of the ${list.length} images in ${table} gets a label by ${rule}`);
  }
  if (found.length === 0) {
    throw new DataError(
      `${where}: ${table} names ${number(list.length)} images, such as ${list[0]!.name}, but no image with a ` +
        "label is there. FER+ is published without images. Generate them from fer2013.csv with Microsoft's " +
        'generate_training_data.py, or put fer2013.csv and fer2013new.csv into one folder and pass that folder.',
    );
  }
  // A missing image stays in the list; loading skips it and its soft target, and reports its name.
  const entries = labeled.kept.map((index, row) => ({
    path: list[index]!.name,
    label: labeled.labels[row]!,
  }));
  const { distributions } = labeled;
  const plan = { where, tree, classNames: EXPRESSION_NAMES, entries, skipped: [], color: 'gray' } as const;
  return dataPart({
    name,
    where,
    length: entries.length,
    words: (count) => inWords(count, rule, list.length - entries.length),
    load: (options) => loadPart({ ...plan, ...(distributions && { distributions }) }, options),
  });
}

async function readVotes(tree: FileTree, table: string): Promise<Votes[]> {
  const where = `${table} in ${tree.where}`;
  const list: Votes[] = [];
  for await (const row of readCsv(await tree.stream(table), where)) {
    const { cells, line } = row;
    // some copies of the file have a header line
    if (line === 1 && /^(image|file|name)/i.test(cells[0] ?? '') && !/\.\w+$/.test(cells[0] ?? '')) continue;
    if (cells.length < FIRST_VOTE + FERPLUS_VOTES.length) {
      throw new DataError(
        `${where}, line ${line}: expected a file name, a box and ${FERPLUS_VOTES.length} vote counts ` +
          `(${FERPLUS_VOTES.join(', ')}), but got ${cells.length} fields: ${cells.join(',').slice(0, 80)}`,
      );
    }
    list.push({ name: cells[0]!.trim(), votes: parseVotes(cells, FIRST_VOTE, where, line) });
  }
  if (list.length === 0) throw new DataError(`${where} is empty`);
  return list;
}
