import { SingleBar } from 'cli-progress';
import { printable, printableJson, printableLines } from './printable.ts';

/** Milliseconds without output after which progress is printed as a line, if standard error is not a terminal. */
const QUIET = 30_000;

/**
 * Output of a command: results go to standard output, notes and progress to standard error. With `json`, standard
 * output contains only the JSON object.
 */
export class Terminal {
  readonly json: boolean;
  private bar: SingleBar | null = null;
  /** time of the last line */
  private printed = performance.now();

  constructor(options: { json: boolean }) {
    this.json = options.json;
    // the bar turns off line wrapping, which must be restored if the process ends early
    process.once('exit', () => this.clear());
  }

  /** Prints a line of the result to standard output. */
  say(text = ''): void {
    this.clear();
    this.printed = performance.now();
    (this.json ? process.stderr : process.stdout).write(`${printableLines(text)}\n`);
  }

  /** Prints a line that is not part of the result to standard error. */
  note(text: string): void {
    this.clear();
    this.printed = performance.now();
    process.stderr.write(`${printableLines(text)}\n`);
  }

  /** Prints the object of `--json`. */
  result(value: object): void {
    if (this.json) process.stdout.write(`${printableJson(value)}\n`);
  }

  /**
   * Shows a progress bar, which the next line of text ends. Elsewhere than in a terminal, such as in a log file, it prints
   * a line whenever nothing was printed for half a minute.
   */
  progress(what: string, done: number, total: number, text: string): void {
    if (!process.stderr.isTTY) {
      if (performance.now() - this.printed >= QUIET) this.note(text === '' ? what : `${what}: ${text}`);
      return;
    }
    if (!this.bar) {
      this.bar = new SingleBar({
        format: '{what} {bar} {text}',
        barsize: 20,
        barCompleteChar: '\u2501',
        barIncompleteChar: '\u2500',
        clearOnComplete: true,
      });
      this.bar.start(total, done, { what, text: printable(text) });
    } else this.bar.update(done, { what, text: printable(text) });
  }

  /** Removes the bar. */
  clear(): void {
    this.bar?.stop();
    this.bar = null;
  }

  /** Whether a user reads the output in a terminal. */
  get isInteractive(): boolean {
    return !this.json && process.stdout.isTTY === true;
  }
}
