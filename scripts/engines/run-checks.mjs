// Runs tests/engines/checks.ts in the engine that runs this file (Node, Bun or Deno), from the bundle beside it:
//   run-checks.mjs <node|page> <report.json> <pipelines.json> [note]
// `note` writes pipelines.json, from one run with and one without subgroups; else its pipelines are compiled.
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const [entry, reportPath, pipelinesPath, note] = /** @type {[string, string, string, string | undefined]} */ (
  process.argv.slice(2)
);
// by URL, as these files exist only beside the copy of this one in the bundle's folder
const load = (/** @type {string} */ name) => import(new URL(name, import.meta.url).href);
const { checkEngine, notePipelines } = await load('./checks.js');
const { createDevice } = await load(`./${entry}.js`);

/** @type {object[]} */
const pipelines = note ? [] : JSON.parse(readFileSync(pipelinesPath, 'utf8'));
if (note) {
  const plain = await createDevice({ without: ['subgroups'] });
  const noted = notePipelines(plain);
  await checkEngine(plain);
  pipelines.push(...noted);
  plain.destroy();
}
const device = await createDevice();
const noted = note ? notePipelines(device) : [];
const report = await checkEngine(device, pipelines);
device.destroy();
if (note) {
  const all = new Map([...pipelines, ...noted].map((one) => [JSON.stringify(one), one]));
  writeFileSync(pipelinesPath, JSON.stringify([...all.values()]));
}
writeFileSync(reportPath, JSON.stringify(report));
process.exit(0);
