import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResultKernel } from '../lib/result-format.ts';
import { type KernelResult, measuredTime } from '../own/roofline.ts';
import { hostInNode } from '../peers/host-in-node.ts';
import { peerRow } from '../peers/results.ts';
import { PEERS, type PeerName, ROWS, type RowName } from '../peers/roster.ts';
import { measureRow } from '../peers/row.ts';
import { weightsFile } from '../peers/weights-file.ts';
import { runPart } from './run-part.ts';
import type { ResultFolder } from './store.ts';

/** What the parts of a run share. */
export interface Run {
  store: ResultFolder;
  /** of feathergrad */
  version: string;
  isHardware: boolean;
  /** whether the adapter supports shader-f16 */
  hasHalf: boolean;
  /** whether the driver's shader cache is off, so that first results include compilation */
  isCold: boolean;
  /** file for everything that the processes print */
  log: string;
  signal: AbortSignal;
  say: (text: string) => void;
}

/** Measures bandwidth, arithmetic, and the cost of dispatches and barriers. */
export async function takeLimits(run: Run, seconds: number): Promise<void> {
  const { store, log, signal, isCold } = run;
  const end = await runPart(
    { part: 'limits' },
    {
      seconds: Math.max(60, seconds),
      log,
      signal,
      isCold,
      onMessage: (message) => {
        if (message.kind !== 'limits') return;
        const { secondsPerBarrier, ...limits } = message.value;
        store.update((result) => {
          result.limits = { ...limits, secondsPerBarrier: { ...secondsPerBarrier } };
        });
      },
    },
  );
  if (end) addMissing(run, 'limits', end);
}

const PEER_ROWS: readonly RowName[] = [
  'infer-1-48',
  'infer-32-48',
  'infer-1-224',
  'train-32-48',
  'train-8-112',
];
const LARGE_PEER_ROWS: readonly RowName[] = ['infer-64-224', 'train-64-224'];
const NODE_PEERS: readonly PeerName[] = ['feathergrad', 'jax-webgpu', 'tfjs-webgpu'];

/** Seconds that a row of the libraries gets as long as time is left, and seconds with which it is not started. */
const USUAL_SHARE = 60;
const LEAST_SHARE = 24;

/** Measures the libraries that run in Node, interleaved. */
export async function measurePeers(run: Run, seconds: number): Promise<void> {
  const deadline = performance.now() + 1000 * seconds;
  const rows = run.isHardware ? [...PEER_ROWS, ...LARGE_PEER_ROWS] : PEER_ROWS;
  const folder = mkdtempSync(join(tmpdir(), 'feathergrad-'));
  const weights = join(folder, 'weights.safetensors');
  const child = fileURLToPath(new URL('child.mjs', import.meta.url));
  const hosts: Promise<{ close(): Promise<void> }>[] = [];
  const closeAll = () => {
    for (const host of hosts)
      void host.then(
        (one) => one.close(),
        () => {},
      );
  };
  run.signal.addEventListener('abort', closeAll);
  try {
    writeFileSync(weights, weightsFile());
    for (const [i, row] of rows.entries()) {
      if (run.signal.aborted) return;
      const left = (deadline - performance.now()) / 1000;
      const share = Math.max(left / Math.min(2.5, rows.length - i), Math.min(left, USUAL_SHARE));
      if (share < LEAST_SHARE) {
        addMissing(run, `other libraries, ${ROWS[row].title}`, 'no time left');
        continue;
      }
      const result = await measureRow(row, 'node', NODE_PEERS, {
        rounds: 9,
        seconds: share / 3 / NODE_PEERS.length,
        isCold: run.isCold,
        cap: Math.floor(share / NODE_PEERS.length),
        count: false,
        start: () => {
          const host = hostInNode(child, weights, run.isCold);
          hosts.push(host);
          return host;
        },
        say: run.say,
      });
      const versions = versionsOf();
      run.store.update(({ rows: all, missing }) => {
        for (const peer of result.peers) {
          const { title } = PEERS[peer.peer];
          const { call } = peer;
          if (call) all.push(peerRow({ ...peer, call }, row, versions[peer.peer] ?? run.version));
          if (peer.error) missing.push({ part: `${title}, ${ROWS[row].title}`, reason: peer.error });
        }
      });
    }
  } finally {
    run.signal.removeEventListener('abort', closeAll);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Versions of the other libraries, which the bundle of this script contains as text. */
function versionsOf(): Partial<Record<PeerName, string>> {
  const versions = JSON.parse(process.env.FEATHERGRAD_PEERS ?? '{}') as Record<string, string>;
  return Object.fromEntries(NODE_PEERS.map((peer) => [peer, versions[PEERS[peer].library]]));
}

/** Measures the network's kernels at every shape, as far as the time allows. */
export async function measureKernelShapes(run: Run, seconds: number): Promise<void> {
  const { limits } = run.store.result;
  if (!limits) {
    addMissing(run, 'kernels', 'the limits of the device were not measured');
    return;
  }
  const [batch, side] = run.isHardware ? [32, 112] : [32, 48];
  let shapes = 0;
  const end = await runPart(
    { part: 'kernels', batch, side, seconds: 0.15, limits },
    {
      seconds,
      log: run.log,
      signal: run.signal,
      isCold: run.isCold,
      onMessage: (message) => {
        if (message.kind !== 'kernels') return;
        shapes++;
        run.store.update(({ kernels }) => kernels.push(...message.value.map(kernelOf)));
      },
    },
  );
  run.say(`  ${shapes} shapes`);
  if (end) addMissing(run, 'kernels of some shapes', end);
}

function kernelOf(one: KernelResult): ResultKernel {
  const { name, kind, direction, input, times, limit, limitedBy, flops, bytes } = one;
  return {
    name,
    kind,
    direction,
    input,
    times,
    isTuned: false,
    milliseconds: measuredTime(one),
    limit,
    limitedBy,
    flops,
    bytes,
  };
}

export function addMissing({ store, say }: Run, part: string, reason: string): void {
  say(`  ${part}: ${reason}`);
  store.update(({ missing }) => missing.push({ part, reason: reason.slice(0, 1000) }));
}
