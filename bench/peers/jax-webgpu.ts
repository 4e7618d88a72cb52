import { jaxPeer } from './jax.ts';

/** jax-js on WebGPU. */
export const open = () => jaxPeer('webgpu', 'WebGPU');
