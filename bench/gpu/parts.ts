import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResultKernel, ResultRow } from '../lib/result-format.ts';
import type { ModelResult } from '../own/model.ts';
import { type KernelResult, measuredTime } from '../own/roofline.ts';
import { hostInNode } from '../peers/host-in-node.ts';
import { PEERS, type PeerName, ROWS, type RowName } from '../peers/roster.ts';
import { measureRow, type PeerResult } from '../peers/row.ts';
import { weightsFile } from '../peers/weights-file.ts';
import { runPart } from './run-part.ts';
import type { ResultFolder } from './store.ts';

/** What the parts of a run share. */
export interface Run {
  store: ResultFolder;
  /** of feathergrad */
  version: string;
  isHardware: boolean;
  /** file for everything that the processes print */
  log: string;
  signal: AbortSignal;
  say: (text: string) => void;
}

/** Measures bandwidth, arithmetic, and the cost of dispatches and barriers. */
export async function takeLimits(run: Run, seconds: number): Promise<void> {
  const { store, log, signal } = run;
  const end = await runPart(
    { part: 'limits' },
    {
      seconds: Math.max(60, seconds),
      log,
      signal,
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

/** Work of the whole network, most important first; the largest batch whose time fits is measured. */
const NETWORK: readonly { work: ModelResult['work']; batches: readonly number[]; side: number }[] = [
  { work: 'inference', batches: [1], side: 48 },
  { work: 'inference', batches: [1], side: 224 },
  { work: 'inference', batches: [32], side: 48 },
  { work: 'training step', batches: [32], side: 48 },
  { work: 'training step', batches: [32, 8], side: 112 },
  { work: 'training step', batches: [32, 8, 2], side: 224 },
  { work: 'inference', batches: [64, 8], side: 224 },
];

/** Measures feathergrad's network, one process per row. */
export async function measureNetwork(run: Run, seconds: number): Promise<void> {
  const deadline = performance.now() + 1000 * seconds;
  const left = () => (deadline - performance.now()) / 1000;
  /** milliseconds per pixel of a batch, and to compile, by work; the last row of the same work */
  const pace = new Map<ModelResult['work'], { call: number; compile: number }>();
  for (const [i, { work, batches, side }] of NETWORK.entries()) {
    const share = left() / Math.min(3, NETWORK.length - i);
    const known = pace.get(work);
    const needed = (batch: number) =>
      known ? (known.compile + 10 * known.call * batch * side * side) / 1000 : 0;
    const affordable = batches.filter((batch) => needed(batch) < share);
    const name = (batch: number) => `${work}, batch ${batch} at ${side}`;
    // the largest batch that its share of the time allows; the smallest may use all of the time that is left
    if (affordable.length === 0) {
      const smallest = batches.at(-1) as number;
      if (needed(smallest) < left()) affordable.push(smallest);
      else {
        const reason =
          left() < 5
            ? 'no time left'
            : `needs about ${Math.ceil(needed(smallest))} s, more than the time left`;
        addMissing(run, name(smallest), reason);
        continue;
      }
    }
    for (const batch of affordable) {
      if (run.signal.aborted) return;
      const row = { work, batch, side };
      const found = await measureOne(run, row, {
        seconds: Math.max(10, Math.min(left(), 2 * share)),
        rounds: 15,
        tuneMs: 0,
      });
      if (!found) continue;
      const pixels = batch * side * side;
      pace.set(work, { call: found.call.median / pixels, compile: found.first });
      // tuned directly after it, if that leaves most of the time to the other rows
      const tuneMs = run.isHardware ? 5000 : 20_000;
      const seconds = (2 * found.first + 2 * tuneMs + 25 * found.call.median) / 1000;
      if (seconds < share) await measureOne(run, row, { seconds: 2 * seconds, rounds: 15, tuneMs });
      break;
    }
  }
}

async function measureOne(
  run: Run,
  row: Pick<ModelResult, 'work' | 'batch' | 'side'>,
  { seconds, rounds, tuneMs }: { seconds: number; rounds: number; tuneMs: number },
): Promise<ModelResult | null> {
  let found: ModelResult | null = null;
  const name = `${row.work}, batch ${row.batch} at ${row.side}${tuneMs > 0 ? ', tuned' : ''}`;
  const end = await runPart(
    { part: 'network', row, rounds, seconds: Math.min(20, seconds / 3), tuneMs },
    {
      seconds,
      log: run.log,
      signal: run.signal,
      onMessage: (message) => {
        if (message.kind === 'network') found = message.value;
      },
    },
  );
  const value = found as ModelResult | null;
  run.say(
    `  ${name}: ${value ? `${value.call.median.toFixed(1)} ms, first result after ${(value.first / 1000).toFixed(1)} s` : end}`,
  );
  if (value) run.store.update(({ rows }) => rows.push(rowOf(value, run.version, tuneMs > 0)));
  else addMissing(run, name, end ?? 'no result');
  return value;
}

function rowOf(one: ModelResult, version: string, isTuned: boolean): ResultRow {
  const { work, batch, side, call, gpu, first, peakGpuBytes, dispatches } = one;
  return {
    run: `feathergrad alone: ${work}, batch ${batch} at ${side}`,
    library: 'feathergrad',
    version,
    work: work === 'inference' ? 'inference' : 'training',
    batch,
    side,
    isTuned,
    activations: 'f32',
    recomputes: false,
    call,
    gpu,
    first: isTuned ? null : first, // includes the tuning
    peakBytes: peakGpuBytes,
    dispatches,
    error: null,
    agrees: null,
  };
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
      const share = (deadline - performance.now()) / 1000 / Math.min(2.5, rows.length - i);
      if (share < 8) {
        addMissing(run, `other libraries, ${ROWS[row].title}`, 'no time left');
        continue;
      }
      const result = await measureRow(row, 'node', NODE_PEERS, {
        rounds: 9,
        cap: Math.floor(share / NODE_PEERS.length),
        count: false,
        start: () => {
          const host = hostInNode(child, weights);
          hosts.push(host);
          return host;
        },
        say: run.say,
      });
      const versions = versionsOf();
      run.store.update(({ rows: all, missing }) => {
        for (const peer of result.peers) {
          const { title } = PEERS[peer.peer];
          if (peer.call) all.push(peerRow(peer, row, title, versions[peer.peer] ?? run.version));
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

function peerRow(
  { peer, run, call, first, outputs, gradients }: PeerResult,
  row: RowName,
  title: string,
  version: string,
): ResultRow {
  const { work, size, side } = ROWS[row];
  const isOwn = peer === 'feathergrad';
  // a JSON message carries infinite and NaN differences as null
  const error = outputs && Number.isFinite(outputs.error) ? outputs.error : null;
  return {
    run,
    library: title,
    version,
    work,
    batch: size,
    side,
    isTuned: false,
    activations: 'f32',
    recomputes: false,
    call: call as NonNullable<typeof call>,
    gpu: null,
    first: first ?? null,
    peakBytes: null,
    dispatches: null,
    error: isOwn ? null : error,
    agrees: isOwn || !outputs ? null : outputs.agrees && (gradients?.wrong.length ?? 0) === 0,
  };
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
