import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder bench/. Bundled code is elsewhere, so the scripts that start a benchmark pass its path. */
export function benchFolder(): string {
  const folder = process.env.FEATHERGRAD_BENCH;
  if (!folder) throw new Error('start the benchmarks with `npm run bench` or `npm run bench:peers`');
  return folder;
}

/** The folder of results, which git ignores. */
const resultsFolder = () => join(benchFolder(), 'results');

/** Writes a file of results and prints its path. */
export function writeResult(name: string, text: string): void {
  const path = join(resultsFolder(), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`);
  console.log(`written: ${path}`);
}

/** Reads the JSON file of an earlier run; undefined if there is none. */
export function readResult<T>(name: string): T | undefined {
  try {
    return JSON.parse(readFileSync(join(resultsFolder(), name), 'utf8')) as T;
  } catch {
    return undefined;
  }
}
