// Runs in a separate page or Node process with one library loaded, and executes the requests of main.ts.
import { decodeSafetensors, toFloat32 } from '../../src/formats/index.ts';
import { benchmarkBatch } from '../lib/weights.ts';
import { type Counts, countWebGpu } from './counters.ts';
import type { Opened, Task } from './host.ts';
import type { Batch, PeerModule, Trainer } from './peer.ts';
import type { PeerName } from './roster.ts';
import { permute, type Weights } from './weights.ts';

const MODULES: Record<PeerName, () => Promise<PeerModule>> = {
  feathergrad: () => import('./feathergrad.ts'),
  'jax-webgpu': () => import('./jax-webgpu.ts'),
  'jax-wasm': () => import('./jax-wasm.ts'),
  'tfjs-webgpu': () => import('./tfjs-webgpu.ts'),
  'tfjs-wasm': () => import('./tfjs-wasm.ts'),
  'ort-webgpu': () => import('./ort-webgpu.ts'),
  'ort-wasm': () => import('./ort-wasm.ts'),
};

let call: (() => Promise<number[]>) | undefined;
let trainer: Trainer | undefined;
let counts: Counts | undefined;

/** Loads the library, prepares the work and runs it once. */
export async function open({ peer, work, size, side, count }: Task, file: Uint8Array): Promise<Opened> {
  const weights = read(file);
  const batch = batchOf(size, side);
  if (count) counts = countWebGpu();
  const start = performance.now();
  const library = await (await MODULES[peer]()).open();
  if (work === 'training') {
    if (!library.training) throw new Error('cannot train');
    trainer = await library.training(weights, size, side);
    const { step } = trainer;
    call = async () => [await step(batch)];
  } else {
    const infer = await library.inference(weights, size, side);
    call = async () => [...(await infer(batch))];
  }
  const output = await call();
  return { first: performance.now() - start, device: library.device, output };
}

/** Runs the work again; returns its result and its milliseconds. */
export async function again(): Promise<{ output: number[]; milliseconds: number }> {
  const start = performance.now();
  const output = await ready()();
  return { output, milliseconds: performance.now() - start };
}

/** Returns the mean milliseconds per call over `calls` calls. */
export async function sample(calls: number): Promise<number> {
  const work = ready();
  const start = performance.now();
  for (let i = 0; i < calls; i++) await work();
  return (performance.now() - start) / calls;
}

/** Returns the WebGPU calls of one call, and the bytes of the whole run. */
export async function countCall(): Promise<Counts> {
  if (!counts) throw new Error('counting is off; open the work with counting enabled');
  const before = { ...counts };
  await ready()();
  const names = Object.keys(counts) as (keyof Counts)[];
  const made = Object.fromEntries(
    names.map((name) => [name, (counts as Counts)[name] - before[name]]),
  ) as unknown as Counts;
  return { ...made, bytes: counts.bytes, peakBytes: counts.peakBytes };
}

/** Returns the gradients of the first step as base64 of their floats; call it directly after `open`. */
export async function gradients(): Promise<Record<string, string>> {
  if (!trainer) throw new Error('no training is open');
  const found = await trainer.gradients();
  return Object.fromEntries([...found].map(([name, values]) => [name, encode(values)]));
}

function ready(): () => Promise<number[]> {
  if (!call) throw new Error('open() first');
  return call;
}

function read(file: Uint8Array): Weights {
  const { tensors } = decodeSafetensors(file);
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, data: toFloat32(tensor) as Float32Array<ArrayBuffer> },
    ]),
  );
}

function batchOf(size: number, side: number): Batch {
  const { images, labels } = benchmarkBatch(size, side);
  const nchw = permute(images, [size, side, side, 3], [0, 3, 1, 2]);
  return { size, side, nhwc: images, nchw, labels };
}

function encode(values: Float32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) {
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  }
  return btoa(text);
}
