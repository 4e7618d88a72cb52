// The entry of pages and of Deno, whose WebGPU is `navigator.gpu`.
export { createDevice } from '../../src/index.ts';
