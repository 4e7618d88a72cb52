// The page that a browser loads; exposes the worker's functions to the driver.
import { UNNAMED } from '../lib/result-format.ts';
import type { Opened, Surroundings, Task } from './host.ts';
import * as worker from './worker.ts';

/** Describes the page's WebGPU adapter and its browser. */
async function surroundings(): Promise<Surroundings> {
  const info = (await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' }))?.info;
  const { description = '', vendor = '', architecture = '' } = info ?? {};
  const name = description || [vendor, architecture].filter((word) => word).join(' ') || UNNAMED;
  return {
    adapter: { name, vendor: vendor || null, architecture: architecture || null, driver: null },
    engine: navigator.userAgent,
  };
}

async function open(task: Task): Promise<Opened> {
  const response = await fetch('/weights.safetensors');
  return worker.open(task, new Uint8Array(await response.arrayBuffer()));
}

Object.assign(globalThis, { bench: { ...worker, open, surroundings } });
