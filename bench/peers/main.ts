// `npm run bench:peers`: compares feathergrad with TensorFlow.js, jax-js and ONNX Runtime Web on the paper's network with
// the same weights. Writes bench/results/peers.json and peers.md; a run replaces only the rows and libraries it measures.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { thisMachine } from '../lib/machine.ts';
import { benchFolder, readResult, writeResult } from '../lib/results.ts';
import { measureDownloads } from './downloads.ts';
import { hostInChromium } from './host-in-chromium.ts';
import { hostInNode } from './host-in-node.ts';
import { merge, type PeersReport, reportText } from './report.ts';
import {
  PEER_NAMES,
  PEERS,
  type PeerName,
  type Place,
  ROW_NAMES,
  ROWS,
  type RowName,
  USUAL_ROWS,
} from './roster.ts';
import { measureRow } from './row.ts';
import { serve } from './server.ts';
import { weightsFile } from './weights-file.ts';

interface Options {
  rows: string;
  peers: string;
  in: string;
  rounds: number;
  cap: number;
  count?: boolean;
  downloads?: boolean;
  fresh?: boolean;
  quick?: boolean;
}

const options = new Command('npm run bench:peers --')
  .description('compares feathergrad with other libraries, interleaved, on one adapter')
  .option('--rows <names>', ROW_NAMES.join(','), USUAL_ROWS.join(','))
  .option('--peers <names>', PEER_NAMES.join(','), PEER_NAMES.join(','))
  .option('--in <places>', 'chromium,node', 'chromium,node')
  .option('--rounds <n>', 'timed rounds per library', Number, 15)
  .option('--cap <seconds>', 'time limit per library and row', Number, 240)
  .option('--count', 'count WebGPU calls instead of timing')
  .option('--downloads', 'only measure the sizes of the pages')
  .option('--fresh', 'discard the results of earlier runs')
  .option('--quick', 'three rounds and a time limit of 60 s: a quick check, not a measurement')
  .parse()
  .opts<Options>();

const FILE = 'peers.json';
const bench = benchFolder();
const rows = pick('--rows', options.rows, ROW_NAMES);
const peers = pick('--peers', options.peers, PEER_NAMES);
const places = pick('--in', options.in, ['chromium', 'node'] as const);
const { quick = false, count = false } = options;

const before = options.fresh ? undefined : readResult<PeersReport>(FILE);
const report: PeersReport = {
  timed: before?.timed ?? {},
  counted: before?.counted ?? {},
  downloads: before?.downloads ?? {},
  machine: thisMachine(),
  versions: versions(),
};

if (options.downloads) Object.assign(report.downloads, await measureDownloads(bench, peers));
else await measure();
save();
console.log(`\n${reportText(report)}`);

async function measure(): Promise<void> {
  const site = join(bench, 'node_modules/.cache/site');
  const weights = join(site, 'weights.safetensors');
  mkdirSync(site, { recursive: true });
  writeFileSync(weights, weightsFile());
  writeFileSync(
    join(site, 'index.html'),
    '<!doctype html><title>peers</title><script type="module" src="page.js"></script>',
  );
  const server = await serve(site, {
    ort: join(bench, 'node_modules/onnxruntime-web/dist'),
    'tfjs-wasm': join(bench, 'node_modules/@tensorflow/tfjs-backend-wasm/dist'),
  });
  const start = (place: Place) =>
    place === 'chromium'
      ? hostInChromium(server.origin)
      : hostInNode(join(bench, 'node_modules/.cache/node/child.mjs'), weights);
  try {
    for (const place of places) {
      for (const row of rows) {
        const taking = peers.filter((peer) => takesPart(peer, place, row));
        if (taking.length === 0) continue;
        const result = await measureRow(row, place, taking, {
          rounds: quick ? 3 : options.rounds,
          cap: quick ? 60 : options.cap,
          count,
          start,
          say: (text) => console.log(text),
        });
        merge(count ? report.counted : report.timed, result);
        save();
      }
    }
  } finally {
    server.close();
  }
}

function takesPart(peer: PeerName, place: Place, row: RowName): boolean {
  const { places, trains } = PEERS[peer];
  return places.some((one) => one === place) && (trains || ROWS[row].work === 'inference');
}

function save(): void {
  writeResult(FILE, JSON.stringify(report, null, 1));
  writeResult('peers.md', reportText(report));
}

function pick<T extends string>(flag: string, given: string, known: readonly T[]): T[] {
  const names = given.split(',');
  const unknown = names.find((name) => !known.some((one) => one === name));
  if (unknown !== undefined)
    throw new Error(`${flag}: unknown name (got "${unknown}", expected ${known.join(', ')})`);
  return known.filter((name) => names.includes(name));
}

/** A browser's engine is identified by the adapter line. */
function versions(): Record<string, string> {
  const libraries = [...new Set(PEER_NAMES.map((peer) => PEERS[peer].library))];
  return Object.fromEntries(
    libraries.map((name) => {
      const folder = name === 'feathergrad' ? join(bench, '..') : join(bench, 'node_modules', name);
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        version: string;
      };
      return [name, version];
    }),
  );
}
