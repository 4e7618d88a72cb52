import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseResult, type Result } from '../lib/result-format.ts';
import { filesOf } from './report.ts';

/** The result of a run on disk. Every change is written at once, so an interruption keeps what was measured. */
export class ResultFolder {
  readonly folder: string;
  readonly result: Result;

  constructor(folder: string, result: Result) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.result = result;
    this.save();
  }

  /** Applies a change and writes all files. */
  update(change: (result: Result) => void): void {
    change(this.result);
    this.save();
  }

  private save(): void {
    for (const [name, text] of filesOf(parseResult(this.result))) {
      const path = join(this.folder, name);
      writeFileSync(`${path}.tmp`, text);
      renameSync(`${path}.tmp`, path); // a reader never sees half a file
    }
  }
}
