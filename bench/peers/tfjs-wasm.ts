import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Peer } from './peer.ts';
import { tfjsPeer } from './tfjs.ts';

/** TensorFlow.js on its WebAssembly backend (SIMD, with threads if the page is cross-origin isolated). */
export async function open(): Promise<Peer> {
  setWasmPaths('/tfjs-wasm/');
  if (!(await tf.setBackend('wasm'))) throw new Error('tf.setBackend("wasm") failed');
  await tf.ready();
  return tfjsPeer('WebAssembly');
}
