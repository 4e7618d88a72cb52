import { jaxPeer } from './jax.ts';

/** jax-js on WebAssembly (SIMD, threads where the page is isolated). */
export const open = () => jaxPeer('wasm', 'WebAssembly');
