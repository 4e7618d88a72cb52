import type { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { DataError } from '../data/data-error.ts';

export interface CsvRow {
  cells: string[];
  /** of the file, counted from 1 */
  line: number;
}

/**
 * The rows of a CSV file, one by one: fields may be quoted and then hold commas and line ends; lines end in LF or
 * CRLF; a byte order mark and empty lines are passed over.
 *
 * @param where the file in the user's words
 * @throws DataError for a quote that is not closed, and for bytes that are no text
 */
export async function* readCsv(stream: Readable, where: string): AsyncGenerator<CsvRow> {
  const parser = parse({ bom: true, relax_column_count: true, skip_empty_lines: true, info: true });
  stream.once('error', (error) => parser.destroy(error));
  try {
    for await (const row of stream.pipe(parser)) {
      const { record, info } = row as { record: string[]; info: { lines: number } };
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    const { code, message } = error as CsvError;
    if (!String(code).startsWith('CSV_')) throw error;
    throw new DataError(`${where} is no CSV file: ${message}`, { cause: error });
  } finally {
    stream.destroy();
  }
}
