// FER-2013 as published on Kaggle, fer2013.csv (pixels as text), with the votes of FER+, fer2013new.csv. Row i of one
// file belongs to row i of the other.

import { DataError } from '../data/data-error.ts';
import { EXPRESSION_NAMES } from '../data/expressions.ts';
import { parsePixels, parseVotes, voteColumns } from '../data/ferplus-rules.ts';
import type { LabelRule } from '../data/label-rules.ts';
import type { Picture, SkippedPicture } from '../data/picture.ts';
import { PictureSource, pickRows } from '../data/picture-source.ts';
import { type CsvRow, readCsv } from './csv.ts';
import {
  type DataPart,
  dataPart,
  type LoadedPart,
  type LoadOptions,
  type PartName,
  partNamed,
} from './data-set.ts';
import { applyRule, inWords, type Labeled } from './ferplus.ts';
import type { FileTree } from './file-tree.ts';

const PIXELS = /(^|\/)(fer2013|icml_face_data)\.csv$/i;
const VOTES = /(^|\/)fer2013new\.csv$/i;

interface Row {
  usage: string;
  name: string;
  votes: number[];
}

/**
 * Returns the parts of FER+ in Kaggle's file; an empty list if the file is missing.
 * @throws DataError when the votes are missing or a table is damaged
 */
export async function findFerPlusCsv(tree: FileTree, rule: LabelRule): Promise<DataPart[]> {
  const pixels = tree.files.find((path) => PIXELS.test(path));
  if (pixels === undefined) return [];
  const votes = tree.files.find((path) => VOTES.test(path));
  if (votes === undefined) {
    throw new DataError(
      `${tree.where} has ${pixels} (the images of FER-2013), but not fer2013new.csv (the votes of FER+). ` +
        'Download it from github.com/microsoft/FERPlus and put it in the same folder.',
    );
  }
  const rows = await readVotes(tree, votes);
  const table = { tree, pixels, votes, rows };
  const names = ['train', 'valid', 'test'] as const;
  const parts = names.map((name) => {
    const places = [...rows.keys()].filter((index) => partNamed(rows[index]!.usage) === name);
    return csvPart(table, name, places, rule);
  });
  const found = parts.filter(({ length }) => length > 0);
  if (found.length > 0) return found;
  throw new DataError(`${votes} in ${tree.where}: none of its ${rows.length} images gets a label by ${rule}`);
}

interface Table {
  tree: FileTree;
  pixels: string;
  votes: string;
  rows: Row[];
}

function csvPart(table: Table, name: PartName, places: number[], rule: LabelRule): DataPart {
  const own = places.map((index) => table.rows[index]!);
  const labeled = applyRule(own, rule);
  const kept = labeled.kept.map((index) => places[index]!);
  return dataPart({
    name,
    where: `${name} in ${table.pixels} in ${table.tree.where}`,
    length: kept.length,
    words: (count) => inWords(count, rule, own.length - kept.length),
    load: (options) => load(table, kept, labeled, options),
  });
}

async function load(
  { tree, pixels, votes, rows }: Table,
  places: number[],
  labeled: Labeled,
  { onProgress, signal, stream }: LoadOptions,
): Promise<Omit<LoadedPart, 'description'>> {
  const where = `${pixels} in ${tree.where}`;
  if (stream) throw new DataError(`${where} is a CSV file, which cannot be streamed. Omit stream.`);
  const rowOf = new Map(places.map((index, row) => [index, row]));
  const pictures: Picture[] = [];
  const kept: number[] = [];
  const skipped: SkippedPicture[] = [];
  let columns: { usage: number; pixels: number } | null = null;
  let index = 0;
  for await (const row of readCsv(await tree.stream(pixels), where)) {
    signal?.throwIfAborted();
    if (!columns) {
      columns = columnsOf(row, where);
      continue;
    }
    const usage = row.cells[columns.usage]?.trim();
    if (index >= rows.length || usage !== rows[index]!.usage) {
      throw apart(where, votes, row, usage, rows[index]?.usage);
    }
    const at = rowOf.get(index);
    if (at !== undefined) {
      const name = rows[index]!.name || `row ${index + 1}`;
      const picture = parsePixels(row.cells[columns.pixels] ?? '', name);
      if ('reason' in picture) skipped.push({ ...picture, name: `${name} (${pixels}, line ${row.line})` });
      else {
        pictures.push(picture);
        kept.push(at);
      }
      onProgress?.({ done: kept.length + skipped.length, total: places.length });
    }
    index++;
  }
  if (index < rows.length) {
    throw new DataError(
      `${where} has ${index} rows, but ${votes} has ${rows.length}; row i of one belongs to row i of the other. ` +
        'Use both files in full.',
    );
  }
  const [first] = skipped;
  if (kept.length === 0 && first) {
    throw new DataError(
      `${where}: none of ${skipped.length} images can be read; the first one is ${first.name} (${first.reason})`,
    );
  }
  const { labels, distributions } = labeled;
  const source = new PictureSource({
    pictures,
    labels: Uint32Array.from(kept, (row) => labels[row]!),
    classNames: EXPRESSION_NAMES,
    ...(distributions && { distributions: pickRows(distributions, EXPRESSION_NAMES.length, kept) }),
  });
  return { source, skipped };
}

function apart(where: string, votes: string, row: CsvRow, usage?: string, expected = 'nothing'): DataError {
  return new DataError(
    `${where}, line ${row.line}: Usage differs (got ${usage}, but the same row of ${votes} has ${expected}). ` +
      'Both tables must have the same rows in the same order; one may have been truncated or sorted.',
  );
}

function columnsOf({ cells }: CsvRow, where: string): { usage: number; pixels: number } {
  const titles = cells.map((cell) => cell.trim().toLowerCase());
  const columns = { usage: titles.indexOf('usage'), pixels: titles.indexOf('pixels') };
  if (columns.usage >= 0 && columns.pixels >= 0) return columns;
  throw new DataError(
    `${where}: the first line must name the columns emotion, pixels and Usage (got ${cells.join(',').slice(0, 80)})`,
  );
}

async function readVotes(tree: FileTree, table: string): Promise<Row[]> {
  const where = `${table} in ${tree.where}`;
  const rows: Row[] = [];
  let first: { usage: number; name: number; votes: number } | null = null;
  for await (const row of readCsv(await tree.stream(table), where)) {
    const { cells, line } = row;
    if (!first) {
      first = voteColumns(cells, where);
      continue;
    }
    const votes = parseVotes(cells, first.votes, where, line);
    const usage = cells[first.usage]?.trim() ?? '';
    if (partNamed(usage) === undefined) {
      throw new DataError(
        `${where}, line ${line}, column ${first.usage + 1} (Usage): got "${usage.slice(0, 40)}", expected Training, ` +
          'PublicTest or PrivateTest',
      );
    }
    rows.push({ usage, name: cells[first.name]?.trim() ?? '', votes });
  }
  if (rows.length === 0) throw new DataError(`${where} is empty`);
  return rows;
}
