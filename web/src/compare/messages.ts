import type { Spread } from '../../../bench/lib/statistics.ts';
import type { DeviceLimits } from '../../../bench/own/limits.ts';
import type { KernelResult } from '../../../bench/own/roofline.ts';

export const LIBRARIES = ['feathergrad', 'jax', 'tfjs', 'ort'] as const;
export type Library = (typeof LIBRARIES)[number];
export const LIBRARY_NAMES: Record<Library, string> = {
  feathergrad: 'feathergrad',
  jax: 'jax-js, WebGPU',
  tfjs: 'TensorFlow.js, WebGPU',
  ort: 'ONNX Runtime Web, WebGPU',
};

export const WORKS = ['inference', 'training'] as const;
export type Work = (typeof WORKS)[number];

/** A kernel's result with its operations and bytes, for the roofline. */
export interface Measured extends KernelResult {
  flops: number;
  bytes: number;
}

/** One library, at inference or training. */
export interface NetworkRow {
  library: Library;
  work: Work;
  batch: number;
  side: number;
  /** milliseconds from the call to the result, including upload and readback */
  call: Spread;
  /** milliseconds from loading the library to its first result */
  first: number;
  /** largest difference from feathergrad's output, relative to its largest value; null for feathergrad itself */
  error: number | null;
  agrees: boolean;
}

export interface Failure {
  library: Library;
  work: Work;
  message: string;
}

/** All results of a run; `resultOf` converts them to the format of docs/results/. */
export interface Report {
  date: string;
  browser: string;
  adapter: string;
  settings: Record<string, string>;
  limits: DeviceLimits | null;
  kernels: Measured[];
  network: NetworkRow[];
  failures: Failure[];
}
