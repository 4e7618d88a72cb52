import { jaxPeer } from './jax.ts';

/** jax-js on WebAssembly (SIMD, with threads if the page is cross-origin isolated). */
export const open = () => jaxPeer('wasm', 'WebAssembly');
