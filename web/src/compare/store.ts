import { effect, signal } from '@preact/signals';
import { proxy, type Remote } from 'comlink';
import { spread } from '../../../bench/lib/statistics.ts';
import { compareOutputs } from '../../../bench/peers/compare.ts';
import { place, replaceParams } from '../app/router.ts';
import { atWork, gpuName } from '../app/status.ts';
import { messageOf } from '../lib/errors.ts';
import { spawn } from '../lib/spawn.ts';
import { LIBRARIES, LIBRARY_NAMES, type Library, type Report, WORKS, type Work } from './messages.ts';
import type { OwnEngine } from './own-engine.ts';
import ownUrl from './own-engine.ts?worker&url';
import type { PeerEngine } from './peer-engine.ts';
import peerUrl from './peer-engine.ts?worker&url';
import { type CompareSettings, paramsOf, settingsFrom } from './settings.ts';

export const settings = signal<CompareSettings>(
  settingsFrom(place.peek().page === 'compare' ? place.peek().params : new URLSearchParams()),
);
export const noGpu = signal<string | null>(null);
export const doing = signal<string | null>(null);
export const report = signal<Report | null>(null);
export const problem = signal<string | null>(null);

effect(() => {
  const { page, params } = place.value;
  if (page !== 'compare') return;
  const read = settingsFrom(params);
  if (paramsOf(read).toString() !== paramsOf(settings.peek()).toString()) settings.value = read;
});

export function set<K extends keyof CompareSettings>(name: K, value: CompareSettings[K]): void {
  settings.value = { ...settings.peek(), [name]: value };
  replaceParams('compare', paramsOf(settings.peek()));
}

let own: { remote: Remote<OwnEngine>; worker: Worker } | null = null;
let isStopped = false;

function ownEngine(): Remote<OwnEngine> {
  own ??= spawn<OwnEngine>(ownUrl);
  return own.remote;
}

export async function open(): Promise<void> {
  try {
    gpuName.value = await ownEngine().open();
    noGpu.value = null;
  } catch (error) {
    noGpu.value = messageOf(error);
  }
}

export function stop(): void {
  isStopped = true;
  own?.remote.stop();
}

/** Measures part by part and shows each result as soon as it is known. */
export async function run(): Promise<void> {
  const chosen = settings.peek();
  isStopped = false;
  problem.value = null;
  atWork.value = 'compare';
  report.value = {
    date: new Date().toISOString(),
    browser: navigator.userAgent,
    adapter: gpuName.peek() ?? '',
    settings: Object.fromEntries(Object.entries(chosen).map(([name, value]) => [name, String(value)])),
    limits: null,
    kernels: [],
    network: [],
    failures: [],
  };
  try {
    for (const work of WORKS) {
      if (chosen[work] && !isStopped) await compareNetworks(work, chosen);
    }
    if ((chosen.limits || chosen.kernels) && !isStopped) await measureLimits();
    if (chosen.kernels && !isStopped) await measureKernels(chosen);
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    doing.value = null;
    atWork.value = null;
  }
}

function update(change: Partial<Report>): void {
  if (report.peek()) report.value = { ...(report.peek() as Report), ...change };
}

async function measureLimits(): Promise<void> {
  doing.value = 'Measuring the device';
  update({ limits: await ownEngine().limits() });
}

async function measureKernels({ batch, side }: CompareSettings): Promise<void> {
  const limits = report.peek()?.limits;
  if (!limits) return;
  doing.value = 'Measuring the kernels';
  const onResult = proxy((result: Report['kernels'][number], done: number, total: number) => {
    doing.value = `Measuring the kernels, shape ${done} of ${total}`;
    update({ kernels: [...(report.peek()?.kernels ?? []), result] });
  });
  await ownEngine().kernels({ batch, side, rounds: 5 }, limits, onResult);
}

/** Batch norm over a small batch amplifies rounding, so a loss may differ more than logits. */
const LOSS_TOLERANCE = 1e-2;

interface Runner {
  library: Library;
  worker: Worker;
  remote: Remote<PeerEngine>;
  first: number;
  output: number[];
  times: number[];
}

/** Runs all libraries interleaved, so that warm-up and disturbances affect all of them. */
async function compareNetworks(work: Work, { batch, side, rounds, ...on }: CompareSettings): Promise<void> {
  const asked = LIBRARIES.filter((name) => name === 'feathergrad' || (name === 'tfjs' ? on.tfjs : on.ort));
  const runners: Runner[] = [];
  const workers: Worker[] = [];
  try {
    for (const library of asked) {
      if (library === 'ort' && work === 'training') continue; // ONNX Runtime Web does not train
      if (isStopped) return;
      doing.value = `${LIBRARY_NAMES[library]}: loading, first call (${work})`;
      const { remote, worker } = spawn<PeerEngine>(peerUrl);
      workers.push(worker);
      try {
        const opened = await Promise.race([remote.open(library, work, batch, side), failureOf(worker)]);
        runners.push({ library, worker, remote, ...opened, times: [] });
      } catch (error) {
        const failure = { library, work, message: messageOf(error) };
        update({ failures: [...(report.peek()?.failures ?? []), failure] });
      }
    }
    for (let round = 0; round < rounds && !isStopped; round++) {
      doing.value = `${work === 'inference' ? 'Inference' : 'Training'}, round ${round + 1} of ${rounds}`;
      for (const runner of runners) runner.times.push(await runner.remote.time());
    }
    addRows(runners, work, batch, side);
  } finally {
    for (const worker of workers) worker.terminate();
  }
}

function addRows(runners: readonly Runner[], work: Work, batch: number, side: number): void {
  const reference = runners.find(({ library }) => library === 'feathergrad')?.output;
  const rows = runners
    .filter(({ times }) => times.length > 0)
    .map(({ library, first, output, times }) => {
      const isOwn = library === 'feathergrad';
      const found = reference && !isOwn ? compareOutputs(output, reference) : null;
      const agrees = !found || found.agrees || (work === 'training' && found.error <= LOSS_TOLERANCE);
      return { library, work, batch, side, call: spread(times), first, error: found?.error ?? null, agrees };
    });
  update({ network: [...(report.peek()?.network ?? []), ...rows] });
}

/** Rejects if the worker's script does not start, which only its error event reports. */
function failureOf(worker: Worker): Promise<never> {
  return new Promise((_, reject) => {
    worker.addEventListener('error', (event) =>
      reject(new Error(event.message || 'the script of the worker did not start')),
    );
  });
}
