// The page that a browser loads: makes the worker's functions reachable from outside.
import * as worker from './worker.ts';

/** The adapter behind this page's WebGPU, in words. */
async function adapter(): Promise<string> {
  const info = (await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' }))?.info;
  if (!info) return 'no WebGPU adapter';
  return [info.description, info.vendor, info.architecture].filter((word) => word).join(', ');
}

async function open(task: worker.Task): Promise<worker.Opened> {
  const response = await fetch('/weights.safetensors');
  return worker.open(task, new Uint8Array(await response.arrayBuffer()));
}

Object.assign(globalThis, { bench: { ...worker, open, adapter } });
