import { problemOf } from './write-file.ts';

/**
 * Ends the process quietly when the reader of standard output has gone, as in `feathergrad predict *.png | head -1`,
 * and with exit code 1 and a message when standard output cannot be written, as on a full disk. What cannot be written
 * to standard error is dropped.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    process.stderr.write(`error: standard output cannot be written: ${problemOf(error)}.\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => {});
}
