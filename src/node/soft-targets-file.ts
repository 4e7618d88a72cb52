// Soft targets as a CSV file, which other programs can also write: a line `image,Surprise,Fear,...` with the names of the
// classes, then one line per image with its name and its probabilities.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DataError } from '../data/data-error.ts';
import { firstRepeated, rowFault, type SoftTargets } from '../data/soft-targets.ts';
import { checkValue, text } from '../gpu/check-options.ts';
import { parseNumber } from '../text/parse-number.ts';
import { readCsv } from './csv.ts';

/** Name of the first column. */
const IMAGE = 'image';
const EXPECTED = 'Expected a line "image," with the names of the classes, then one line per image';

/**
 * Reads the soft targets in a CSV file, such as one written by `feathergrad targets`.
 * @throws DataError with the file, the line and the reason, for a file that cannot be read or is not such a table, a
 * value that is not a probability, a row whose sum is not 1, and an image or class that occurs twice
 */
export async function readSoftTargets(path: string): Promise<SoftTargets> {
  checkValue('readSoftTargets', 'path', path, text);
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) {
    throw new DataError(`${path}: ${found ? 'is not a file' : 'the file does not exist'}. ${EXPECTED}.`);
  }
  let classNames: string[] | null = null;
  const rows = new Map<string, Float32Array>();
  for await (const { cells, line } of readCsv(createReadStream(path), path)) {
    const at = `${path}, line ${line}`;
    if (!classNames) {
      classNames = classesOf(cells, at);
      continue;
    }
    const name = cells[0]!;
    if (name === '') throw new DataError(`${at}: the name of the image is empty`);
    if (rows.has(name)) throw new DataError(`${at}: ${name} has a second row. Keep one row per image.`);
    const values = cells.slice(1).map((cell) => parseNumber(cell) ?? Number.NaN);
    const wrong = values.findIndex(Number.isNaN);
    if (wrong >= 0) {
      throw new DataError(
        `${at}, ${classNames[wrong] ?? `column ${wrong + 2}`}: got "${cells[wrong + 1]!.slice(0, 40)}", expected a number from 0 to 1`,
      );
    }
    const fault = rowFault(values, classNames.length);
    if (fault) throw new DataError(`${at}: ${name}: ${fault}`);
    rows.set(name, Float32Array.from(values));
  }
  if (!classNames || rows.size === 0) throw new DataError(`${path} has no rows. ${EXPECTED}.`);
  return { classNames, rows, where: path };
}

function classesOf(cells: readonly string[], at: string): string[] {
  const [first, ...classNames] = cells.map((cell) => cell.trim());
  if (first?.toLowerCase() !== IMAGE || classNames.length < 2 || classNames.includes('')) {
    throw new DataError(`${at}: got ${cells.join(',').slice(0, 80)}. ${EXPECTED}.`);
  }
  const twice = firstRepeated(classNames);
  if (twice !== undefined) throw new DataError(`${at}: the class ${twice} occurs twice`);
  return classNames;
}

/** Returns the text of such a file, with six significant digits per probability. */
export function softTargetsText({ classNames, rows }: SoftTargets): string {
  const lines = [[IMAGE, ...classNames].map(quoted).join(',')];
  for (const [name, row] of rows) {
    lines.push([quoted(name), ...Array.from(row, (value) => String(Number(value.toPrecision(6))))].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Quotes a field that contains a comma, a quote, a line break, or spaces at its ends. */
function quoted(field: string): string {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
