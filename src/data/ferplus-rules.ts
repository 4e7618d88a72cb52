// Parsing of the tables of FER+, shared by Node and the web app.

import { checkValue, text as textRule } from '../gpu/check-options.ts';
import { DataError } from './data-error.ts';
import { FERPLUS_VOTES } from './label-rules.ts';
import type { Picture } from './picture.ts';

/** Number of votes per image. One row of Microsoft's file has only nine. */
const MOST_VOTES = 10;
const FEWEST_VOTES = 8;

const cellsRule = (value: unknown) =>
  Array.isArray(value) && value.every((cell) => typeof cell === 'string') ? undefined : 'a list of texts';

/**
 * Checks the first line of fer2013new.csv and returns the columns that are read: Usage, the image's name and the first
 * of the ten votes, which must follow in the order of `FERPLUS_VOTES`.
 * @throws DataError that names the column
 */
export function voteColumns(
  cells: readonly string[],
  where: string,
): { usage: number; name: number; votes: number } {
  checkValue('voteColumns', 'cells', cells, cellsRule);
  const titles = cells.map((cell) =>
    cell
      .replace(/^\ufeff/, '')
      .trim()
      .toLowerCase(),
  );
  const columns = {
    usage: titles.indexOf('usage'),
    name: titles.indexOf('image name'),
    votes: titles.indexOf(FERPLUS_VOTES[0]),
  };
  const got = cells.join(',').slice(0, 120);
  if (columns.usage < 0 || columns.votes < 0) {
    throw new DataError(
      `${where}: first line: got ${got}, expected the columns Usage, Image name, ${FERPLUS_VOTES.join(', ')}`,
    );
  }
  for (const [i, wanted] of FERPLUS_VOTES.entries()) {
    const column = columns.votes + i;
    if (titles[column] === wanted.toLowerCase()) continue;
    throw new DataError(
      `${where}, line 1, column ${column + 1}: got the title "${(cells[column] ?? '').slice(0, 40)}", expected ` +
        `"${wanted}". The votes must be in the order ${FERPLUS_VOTES.join(', ')}. Use the original file.`,
    );
  }
  return columns;
}

/**
 * Returns the ten votes of a row, starting at a column.
 * @throws DataError with line, column and value when a vote is not an integer from 0 to 10, or the sum is wrong
 */
export function parseVotes(cells: readonly string[], first: number, where: string, line: number): number[] {
  checkValue('parseVotes', 'cells', cells, cellsRule);
  const votes = FERPLUS_VOTES.map((name, i) => {
    const cell = (cells[first + i] ?? '').trim();
    if (/^\d{1,2}$/.test(cell) && Number(cell) <= MOST_VOTES) return Number(cell);
    throw new DataError(
      `${where}, line ${line}, column ${first + i + 1} (${name}): got "${cell.slice(0, 40)}", expected an integer ` +
        `from 0 to ${MOST_VOTES}`,
    );
  });
  const sum = votes.reduce((total, count) => total + count, 0);
  if (sum >= FEWEST_VOTES && sum <= MOST_VOTES) return votes;
  throw new DataError(
    `${where}, line ${line}, columns ${first + 1} to ${first + FERPLUS_VOTES.length}: the votes ${votes.join(', ')} ` +
      `sum to ${sum}, expected ${MOST_VOTES}`,
  );
}

/** Parses space-separated gray values 0..255 as the rows of a square image; returns the reason if they are invalid. */
export function parsePixels(text: string, name: string): Picture | { name: string; reason: string } {
  checkValue('parsePixels', 'text', text, textRule);
  const cells = text.trim().split(/\s+/);
  const side = Math.round(Math.sqrt(cells.length));
  if (side * side !== cells.length || cells.length < 4) {
    return { name, reason: `${cells.length} pixels are not a square; FER-2013 has 48 x 48` };
  }
  if (!cells.every((cell) => /^\d{1,3}$/.test(cell) && Number(cell) <= 255)) {
    return { name, reason: 'a pixel is not an integer from 0 to 255' };
  }
  return { width: side, height: side, channels: 1, data: Uint8Array.from(cells, Number), name };
}
