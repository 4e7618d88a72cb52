// The page that a browser loads; exposes the worker's functions to the driver.
import * as worker from './worker.ts';

/** Returns a description of the page's WebGPU adapter. */
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
