// `feathergrad/node`, for the engines that get WebGPU from the package `webgpu`: Node and Bun.
export { createDevice } from '../../src/node/index.ts';
