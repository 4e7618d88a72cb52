import { FER_CLASSES } from 'feathergrad';
import {
  DataError,
  distributionFromVotes,
  type LabelRule,
  labelFromVotes,
  type Picture,
  PictureSource,
  parsePixels,
  parseVotes,
  voteColumns,
} from 'feathergrad/data';
import Papa from 'papaparse';
import type { ChosenFiles } from './engine.ts';
import { readPicture } from './read-picture.ts';

type Part = 'train' | 'valid' | 'test';

/** FER+ in memory: images with their votes. The rule for labels is chosen when training starts. */
export interface FerPlus {
  rows: { picture: Picture; votes: number[]; part: Part }[];
}

type Progress = (done: number, total: number) => void;

/**
 * Reads FER+ in either of its formats: fer2013.csv (Kaggle's pixels) with fer2013new.csv (the votes), or the folders
 * FER2013Train and FER2013Valid with label.csv and images, as written by Microsoft's script.
 * @throws DataError if a file is missing or damaged
 */
export async function readFerPlus(files: ChosenFiles, onProgress: Progress): Promise<FerPlus> {
  const named = (pattern: RegExp) => files.find(({ path }) => pattern.test(path))?.file;
  const votes = named(/(^|\/)fer2013new\.csv$/i);
  const pixels = named(/(^|\/)(fer2013|icml_face_data)\.csv$/i);
  if (votes && pixels) return readTables(pixels, votes, onProgress);
  if (files.some(({ path }) => /(^|\/)label\.csv$/i.test(path))) return readFolders(files, onProgress);
  const missing = votes ? 'fer2013.csv, the pictures' : pixels ? 'fer2013new.csv, the votes' : null;
  throw new DataError(
    missing
      ? `FER+: ${missing}, is missing. Choose both files together.`
      : 'These are not the files of FER+. Choose fer2013.csv and fer2013new.csv together, or the folder that contains FER2013Train with its label.csv.',
  );
}

/** Returns training and validation data with labels by a rule. @throws DataError if no training image gets a label */
export function ferPlusSources(
  { rows }: FerPlus,
  rule: LabelRule,
): { train: PictureSource; valid: PictureSource | null } {
  const part = (name: Part) => {
    const kept = rows
      .filter((row) => row.part === name)
      .map((row) => ({ ...row, label: labelFromVotes(row.votes, rule) }))
      .filter(({ label }) => label !== null);
    if (kept.length === 0) return null;
    const distributions = new Float32Array(kept.length * FER_CLASSES.length);
    if (rule === 'distribution') {
      for (const [i, { votes }] of kept.entries()) {
        distributions.set(distributionFromVotes(votes), i * FER_CLASSES.length);
      }
    }
    return new PictureSource({
      pictures: kept.map(({ picture }) => picture),
      labels: Uint32Array.from(kept, ({ label }) => label as number),
      classNames: FER_CLASSES,
      ...(rule === 'distribution' && { distributions }),
    });
  };
  const train = part('train');
  if (!train)
    throw new DataError('FER+: no training picture gets a label by this rule. Choose another rule.');
  return { train, valid: part('valid') };
}

const PARTS: ReadonlyMap<string, Part> = new Map([
  ['Training', 'train'],
  ['PublicTest', 'valid'],
  ['PrivateTest', 'test'],
]);

async function readTables(pixels: File, votes: File, onProgress: Progress): Promise<FerPlus> {
  const table: { part: Part | undefined; votes: number[] }[] = [];
  let first: ReturnType<typeof voteColumns> | null = null;
  await eachRow(votes, (cells, line) => {
    if (!first) {
      first = voteColumns(cells, votes.name);
      return;
    }
    const usage = cells[first.usage]?.trim() ?? '';
    table.push({ part: PARTS.get(usage), votes: parseVotes(cells, first.votes, votes.name, line) });
  });
  const rows: FerPlus['rows'] = [];
  let columns: number[] = [];
  let index = 0;
  await eachRow(pixels, (cells, line) => {
    if (line === 1) {
      const titles = cells.map((cell) => cell.trim().toLowerCase());
      columns = [titles.indexOf('usage'), titles.indexOf('pixels')];
      if (columns.includes(-1)) {
        throw new DataError(`${pixels.name}: the first line must name the columns Usage and pixels.`);
      }
      return;
    }
    const [usage = '', text = ''] = columns.map((at) => cells[at]?.trim() ?? '');
    const known = table[index++];
    if (!known || known.part !== PARTS.get(usage)) {
      throw new DataError(
        `${pixels.name}, line ${line}: Usage differs from the same row of ${votes.name}. The two tables must have the same rows in the same order.`,
      );
    }
    if (known.part === undefined || known.part === 'test') return;
    rows.push({ picture: pictureOf(text, pixels.name, line), votes: known.votes, part: known.part });
    if (rows.length % 500 === 0) onProgress(index, table.length);
  });
  onProgress(table.length, table.length);
  return { rows };
}

async function readFolders(files: ChosenFiles, onProgress: Progress): Promise<FerPlus> {
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  const wanted: { path: string; votes: number[]; part: Part }[] = [];
  for (const { path, file } of files.filter((one) => /(^|\/)label\.csv$/i.test(one.path))) {
    const folder = path.split('/').slice(0, -1).join('/');
    const part = /valid/i.test(folder) ? 'valid' : /test/i.test(folder) ? 'test' : 'train';
    if (part === 'test') continue;
    await eachRow(file, (cells, line) => {
      const votes = parseVotes(cells, 2, path, line);
      wanted.push({ path: folder ? `${folder}/${cells[0]?.trim()}` : (cells[0]?.trim() ?? ''), votes, part });
    });
  }
  const rows: FerPlus['rows'] = [];
  for (const [i, { path, votes, part }] of wanted.entries()) {
    const file = byPath.get(path);
    if (file) rows.push({ picture: await readPicture(file, path), votes, part });
    if (i % 100 === 99) onProgress(i + 1, wanted.length);
  }
  if (rows.length === 0) {
    throw new DataError(
      'None of the pictures named in label.csv was found. FER+ does not include the pictures: create them from fer2013.csv with Microsoft’s script, or choose fer2013.csv and fer2013new.csv.',
    );
  }
  onProgress(wanted.length, wanted.length);
  return { rows };
}

/** Reads a CSV file row by row, without keeping all of it in memory. */
function eachRow(file: File, onRow: (cells: string[], line: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let line = 0;
    Papa.parse<string[], File>(file, {
      skipEmptyLines: true,
      step: ({ data }, parser) => {
        try {
          onRow(data, ++line);
        } catch (error) {
          parser.abort();
          reject(error);
        }
      },
      complete: () => resolve(),
      error: reject,
    });
  });
}

function pictureOf(text: string, where: string, line: number): Picture {
  const picture = parsePixels(text, `row ${line - 1}`);
  if ('reason' in picture) throw new DataError(`${where}, line ${line}: ${picture.reason}.`);
  return picture;
}
