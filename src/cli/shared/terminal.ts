import { SingleBar } from 'cli-progress';
import { printable, printableJson, printableLines } from './printable.ts';

/**
 * Where a command's words go: results to standard output, progress to standard error. With `json`, standard
 * output is kept for the one object and all else goes to standard error.
 */
export class Terminal {
  readonly json: boolean;
  private bar: SingleBar | null = null;

  constructor(options: { json: boolean }) {
    this.json = options.json;
    // A bar turns off the wrapping of lines, which an early end must not leave behind.
    process.once('exit', () => this.clear());
  }

  /** A line that is part of the result. */
  say(text = ''): void {
    this.clear();
    (this.json ? process.stderr : process.stdout).write(`${printableLines(text)}\n`);
  }

  /** A line about the run, not part of its result. */
  note(text: string): void {
    this.clear();
    process.stderr.write(`${printableLines(text)}\n`);
  }

  /** The one object of `--json`. */
  result(value: object): void {
    if (this.json) process.stdout.write(`${printableJson(value)}\n`);
  }

  /** Shows how far something is, in a bar of a terminal; nothing elsewhere. A line of text ends the bar. */
  progress(what: string, done: number, total: number, text: string): void {
    if (!process.stderr.isTTY) return;
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

  /** Takes the bar away. */
  clear(): void {
    this.bar?.stop();
    this.bar = null;
  }

  /** Whether a person reads the result, and could open a page. */
  get isInteractive(): boolean {
    return !this.json && process.stdout.isTTY === true;
  }
}
