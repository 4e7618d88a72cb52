import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import type { Peer } from './peer.ts';
import { tfjsPeer } from './tfjs.ts';

/** TensorFlow.js on its WebGPU backend. */
export async function open(): Promise<Peer> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('tf.setBackend("webgpu") failed: no adapter');
  await tf.ready();
  return tfjsPeer('WebGPU');
}
