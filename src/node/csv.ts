import type { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { DataError } from '../data/data-error.ts';

export interface CsvRow {
  cells: string[];
  /** line in the file, counted from 1 */
  line: number;
}

/** Maximum characters of a row; a row of FER-2013 has about ten thousand. */
const LONGEST_ROW = 1 << 20;

/** Messages for the parser's error codes, which do not depend on its version. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['CSV_QUOTE_NOT_CLOSED', 'a quote is not closed'],
  ['CSV_INVALID_CLOSING_QUOTE', 'a quoted field continues after its closing quote'],
  ['INVALID_OPENING_QUOTE', 'a quote begins within a field'],
  ['CSV_MAX_RECORD_SIZE', `a row has more than ${LONGEST_ROW} characters, or a quote is not closed`],
]);

/**
 * Reads the rows of a CSV file one by one. Quoted fields may contain commas and line breaks; lines end in LF or CRLF; a
 * byte order mark and empty lines are skipped.
 *
 * @param where name of the file in messages
 * @throws DataError for a quote that is not closed, a row that is too long, and a file that cannot be read
 */
export async function* readCsv(stream: Readable, where: string): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: LONGEST_ROW,
  });
  stream.on('error', (error) => parser.destroy(error));
  try {
    for await (const row of stream.pipe(parser)) {
      const { record, info } = row as { record: string[]; info: { lines: number } };
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code, message, lines } = error as CsvError & { lines?: number };
    const reason = REASONS.get(String(code));
    if (reason === undefined && !String(code).startsWith('CSV_')) {
      throw new DataError(`${where} cannot be read: ${message}`, { cause: error });
    }
    const line = typeof lines === 'number' ? `, line ${lines}` : '';
    throw new DataError(`${where} is not a CSV file: ${reason ?? message}${line}`, { cause: error });
  } finally {
    stream.destroy();
  }
}
