// `npm run bench:peers`: compares feathergrad with TensorFlow.js, jax-js and ONNX Runtime Web on the paper's network with
// the same weights. Writes bench/results/peers.json, peers.md, and one result per engine in the format of docs/results/; a
// run replaces only the rows and libraries it measures.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { thisMachine } from '../lib/machine.ts';
import { benchFolder, readResult, writeResult } from '../lib/results.ts';
import { measureDownloads } from './downloads.ts';
import { hostInChromium } from './host-in-chromium.ts';
import { hostInFirefox } from './host-in-firefox.ts';
import { hostInNode } from './host-in-node.ts';
import { merge, type PeersReport, reportText } from './report.ts';
import { resultsOf } from './results.ts';
import {
  isTooSlow,
  PEER_NAMES,
  PEERS,
  type PeerName,
  PLACES,
  type Place,
  QUICK_PEERS,
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
  peers?: string;
  in: string;
  rounds?: number;
  cap: number;
  count?: boolean;
  downloads?: boolean;
  fresh?: boolean;
  quick?: boolean;
}

const options = new Command('npm run bench:peers --')
  .description('compares feathergrad with other libraries, interleaved, on one adapter')
  .option('--rows <names>', ROW_NAMES.join(','), USUAL_ROWS.join(','))
  .option('--peers <names>', `${PEER_NAMES.join(',')} (default: all)`)
  .option('--in <places>', PLACES.join(','), 'chromium,node')
  .option('--rounds <n>', 'timed rounds per library (default: 15)', Number)
  .option('--cap <seconds>', 'time limit per library and row', Number, 240)
  .option('--count', 'count WebGPU calls instead of timing')
  .option('--downloads', 'only measure the sizes of the pages')
  .option('--fresh', 'discard the results of earlier runs')
  .option(
    '--quick',
    'nine rounds, fewer for slow libraries; without the slowest, and in Node with the cache of the driver',
  )
  .parse()
  .opts<Options>();

const FILE = 'peers.json';
/** Seconds for the timed calls per library and row with --quick. */
const QUICK_SECONDS = 8;
const bench = benchFolder();
const rows = pick('--rows', options.rows, ROW_NAMES);
const { quick = false, count = false } = options;
const peers = pick('--peers', options.peers ?? (quick ? QUICK_PEERS : PEER_NAMES).join(','), PEER_NAMES);
const places = pick('--in', options.in, PLACES);

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
  const start = (place: Place) => {
    if (place === 'chromium') return hostInChromium(server.origin);
    if (place === 'firefox') return hostInFirefox(server.origin, join(bench, '../scripts/engines'));
    return hostInNode(join(bench, 'node_modules/.cache/node/child.mjs'), weights, isCold('node'));
  };
  try {
    for (const place of places) {
      for (const row of rows) {
        const taking = peers.filter((peer) => takesPart(peer, place, row));
        if (taking.length === 0) continue;
        const result = await measureRow(row, place, taking, {
          rounds: options.rounds ?? (quick ? 9 : 15),
          cap: options.cap,
          ...(quick && { seconds: QUICK_SECONDS }),
          isCold: isCold(place),
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

/** Cold starts: always in Chromium, whose profile is new; in Node without --quick, since lavapipe compiles for minutes. */
function isCold(place: Place): boolean {
  return place === 'chromium' || (place === 'node' && !quick);
}

function takesPart(peer: PeerName, place: Place, row: RowName): boolean {
  const { places, trains } = PEERS[peer];
  const isPossible = places.some((one) => one === place) && (trains || ROWS[row].work === 'inference');
  return isPossible && !(quick && isTooSlow(place, row, peer));
}

function save(): void {
  writeResult(FILE, JSON.stringify(report, null, 1));
  writeResult('peers.md', reportText(report));
  for (const [name, result] of resultsOf(report)) writeResult(name, `${JSON.stringify(result, null, 1)}\n`);
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
