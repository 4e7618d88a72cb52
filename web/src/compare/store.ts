import { effect, signal } from '@preact/signals';
import { proxy, type Remote } from 'comlink';
import { spread } from '../../../bench/lib/statistics.ts';
import { compareOutputs } from '../../../bench/peers/compare.ts';
import { place, replaceParams } from '../app/router.ts';
import { atWork, gpuName, progress } from '../app/status.ts';
import { messageOf } from '../lib/errors.ts';
import { spawn } from '../lib/spawn.ts';
import { usesTuned } from '../ui/tune-button.tsx';
import { LIBRARIES, LIBRARY_NAMES, type Library, type Report, WORKS, type Work } from './messages.ts';
import type { OwnEngine } from './own-engine.ts';
import ownUrl from './own-engine.ts?worker&url';
import type { PeerEngine } from './peer-engine.ts';
import peerUrl from './peer-engine.ts?worker&url';
import { type CompareSettings, isSoftware, paramsOf, settingsFrom } from './settings.ts';

/** whether the other libraries are measured unless the URL says otherwise: on a GPU, not on a software adapter */
const peers = signal(false);
const paramsNow = () => (place.peek().page === 'compare' ? place.peek().params : new URLSearchParams());
export const settings = signal<CompareSettings>(settingsFrom(paramsNow(), peers.peek()));
export const noGpu = signal<string | null>(null);
export const doing = signal<string | null>(null);
/** time at which the present part began, in milliseconds of `performance.now()` */
export const doingSince = signal(0);
/** share of the chosen parts that is done */
export const share = signal(0);
export const report = signal<Report | null>(null);
export const problem = signal<string | null>(null);

effect(() => {
  const { page, params } = place.value;
  if (page !== 'compare') return;
  const read = settingsFrom(params, peers.value);
  if (JSON.stringify(read) !== JSON.stringify(settings.peek())) settings.value = read;
});

export function set<K extends keyof CompareSettings>(name: K, value: CompareSettings[K]): void {
  settings.value = { ...settings.peek(), [name]: value };
  replaceParams('compare', paramsOf(settings.peek(), peers.peek()));
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
    peers.value = !isSoftware(gpuName.peek() ?? '');
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
    settings: Object.fromEntries(
      Object.entries({ ...chosen, tuned: usesTuned.peek() }).map(([name, value]) => [name, String(value)]),
    ),
    limits: null,
    kernels: [],
    network: [],
    failures: [],
  };
  planned = partsOf(chosen);
  finished = 0;
  share.value = 0;
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
    progress.value = null;
  }
}

/** Parts of a run, for its progress: opening a library, a round of all libraries, the limits, a shape of the kernels. */
let planned = 1;
let finished = 0;
/** Shapes of the network's kernels; the engine reports the exact number. */
const SHAPES = 35;

function partsOf(chosen: CompareSettings): number {
  const libraries = 1 + [chosen.jax, chosen.tfjs, chosen.ort].filter(Boolean).length;
  const works = WORKS.filter((work) => chosen[work]).length;
  const measures = (chosen.limits || chosen.kernels ? 1 : 0) + (chosen.kernels ? SHAPES : 0);
  return Math.max(1, works * (libraries + chosen.rounds) + measures);
}

function begin(what: string): void {
  doing.value = what;
  doingSince.value = performance.now();
}

function finishPart(): void {
  share.value = Math.min(1, ++finished / planned);
  progress.value = { share: share.peek(), what: 'measured' };
}

function update(change: Partial<Report>): void {
  if (report.peek()) report.value = { ...(report.peek() as Report), ...change };
}

async function measureLimits(): Promise<void> {
  begin('Measuring the device');
  update({ limits: await ownEngine().limits() });
  finishPart();
}

async function measureKernels({ batch, side }: CompareSettings): Promise<void> {
  const limits = report.peek()?.limits;
  if (!limits) return;
  begin('Measuring the kernels');
  let shape = 0;
  const onResult = proxy((result: Report['kernels'][number], done: number, total: number) => {
    doing.value = `Measuring the kernels, shape ${done} of ${total}`;
    if (done > shape) finishPart();
    shape = done;
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
  const asked = LIBRARIES.filter((name) => name === 'feathergrad' || on[name]);
  const runners: Runner[] = [];
  const workers: Worker[] = [];
  try {
    for (const library of asked) {
      if (isStopped) return;
      if (library === 'ort' && work === 'training') {
        finishPart(); // ONNX Runtime Web does not train
        continue;
      }
      const words = `${LIBRARY_NAMES[library]}, ${work}`;
      begin(`${words}: starting`);
      const { remote, worker } = spawn<PeerEngine>(peerUrl);
      workers.push(worker);
      const onStage = proxy((stage: string) => {
        doing.value = `${words}: ${stage}`;
      });
      try {
        const opened = await Promise.race([
          remote.open(library, work, batch, side, usesTuned.peek(), onStage),
          failureOf(worker),
        ]);
        runners.push({ library, worker, remote, ...opened, times: [] });
      } catch (error) {
        const failure = { library, work, message: messageOf(error) };
        update({ failures: [...(report.peek()?.failures ?? []), failure] });
      }
      finishPart();
    }
    for (let round = 0; round < rounds && !isStopped; round++) {
      const words = `${work === 'inference' ? 'Inference' : 'Training'}, round ${round + 1} of ${rounds}`;
      for (const runner of runners) {
        begin(`${words}: ${LIBRARY_NAMES[runner.library]}`);
        runner.times.push(await runner.remote.time());
      }
      finishPart();
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
