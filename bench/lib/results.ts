import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder bench/. Bundled code lies elsewhere, so the scripts that start a benchmark say where it is. */
export function benchFolder(): string {
  const folder = process.env.FEATHERGRAD_BENCH;
  if (!folder) throw new Error('start the benchmarks by `npm run bench` or `npm run bench:peers`');
  return folder;
}

/** Where results go; git ignores it. */
const resultsFolder = () => join(benchFolder(), 'results');

/** Writes a file of results and says where. */
export function writeResult(name: string, text: string): void {
  const path = join(resultsFolder(), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text.endsWith('\n') ? text : `${text}\n`);
  console.log(`written: ${path}`);
}

/** What an earlier run left in a JSON file, or undefined. */
export function readResult<T>(name: string): T | undefined {
  try {
    return JSON.parse(readFileSync(join(resultsFolder(), name), 'utf8')) as T;
  } catch {
    return undefined;
  }
}
