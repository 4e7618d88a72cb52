// `npm run bench:docs [-- result.json ...]`: copies results into docs/results/ and writes the measured tables and images of
// docs/performance.md from all results there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseResult, type Result, UNNAMED } from '../lib/result-format.ts';
import { benchFolder } from '../lib/results.ts';
import { measuredBlocks, measuredImages, withBlocks } from './measured.ts';

const command = new Command('npm run bench:docs --')
  .description('adds results to docs/results/ and writes the tables and images of docs/performance.md')
  .argument('[files...]', 'results in the format of docs/results/, such as bench/results/peers-node.json')
  .parse();

const docs = join(benchFolder(), '../docs');
const folder = join(docs, 'results');

for (const path of command.args) {
  const result = parseResult(readFileSync(path, 'utf8'));
  write(join(folder, fileNameOf(result)), `${JSON.stringify(result, rounded, 1)}\n`);
}
const results = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => parseResult(readFileSync(join(folder, name), 'utf8')));
const page = join(docs, 'performance.md');
write(page, withBlocks(readFileSync(page, 'utf8'), measuredBlocks(results)));
for (const [name, text] of measuredImages(results)) write(join(docs, 'images', name), text);

/** Names a result by adapter, engine, contents and month, such as `lavapipe-node-libraries-2026-11.json`. */
function fileNameOf({ adapter, system, limits, date }: Result): string {
  const name = adapter.name === UNNAMED ? 'unnamed' : adapter.name;
  const known = /swiftshader/i.test(name)
    ? 'swiftshader'
    : /llvmpipe|lavapipe/i.test(name)
      ? 'lavapipe'
      : name
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-')
          .replace(/^-|-$/g, '');
  const engine = ['firefox', 'chrome', 'node'].find((name) => system.engine.toLowerCase().includes(name));
  const part = limits === null ? ['libraries'] : [];
  return `${[known, engine ?? 'browser', ...part, date.slice(0, 7)].join('-')}.json`;
}

/** Five digits are more than a measurement has; the app loads these files. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

function write(path: string, text: string): void {
  writeFileSync(path, text);
  console.log(`written: ${path}`);
}
