import { problemOf } from './write-file.ts';

/**
 * Ends the process silently when the reader of standard output has closed it, as in `feathergrad predict *.png | head
 * -1`, and with a message and exit code 1 when standard output cannot be written, as on a full disk. Errors of standard
 * error are ignored.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    process.stderr.write(`error: standard output cannot be written: ${problemOf(error)}.\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => {});
}
