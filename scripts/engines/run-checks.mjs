// Runs tests/engines/checks.ts in the engine that runs this file (Node, Bun or Deno), from the bundle beside it:
//   run-checks.mjs <node|page> <report.json> <pipelines.json> [note]
// `note` writes the pipelines that the checks create, and every kernel's source, into pipelines.json; otherwise those
// are compiled.
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const [entry, reportPath, pipelinesPath, note] = /** @type {[string, string, string, string | undefined]} */ (
  process.argv.slice(2)
);
// imported by URL, since these files exist only next to the copy of this file in the bundle's folder
const load = (/** @type {string} */ name) => import(new URL(name, import.meta.url).href);
const { checkEngine, notePipelines, plainPipelines } = await load('./checks.js');
const { createDevice } = await load(`./${entry}.js`);

const device = await createDevice();
const noted = note ? notePipelines(device) : [];
const pipelines = note ? plainPipelines() : JSON.parse(readFileSync(pipelinesPath, 'utf8'));
const report = await checkEngine(device, pipelines);
device.destroy();
if (note) {
  // not every kernel supports every type: combinations that Dawn rejects are not tested in other engines
  const { refused } = report;
  const forms = pipelines.filter(
    (/** @type {{ label: string }} */ { label }) =>
      !refused.some((/** @type {string} */ line) => line.startsWith(`${label}: `)),
  );
  report.refused = [];
  /** @type {Map<string, object>} */
  const all = new Map([...noted, ...forms].map((one) => [JSON.stringify([one.code, one.constants]), one]));
  writeFileSync(pipelinesPath, JSON.stringify([...all.values()]));
}
writeFileSync(reportPath, JSON.stringify(report));
process.exit(0);
