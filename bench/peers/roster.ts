/** All libraries and devices, by their names in --peers. */
export const PEERS = {
  feathergrad: {
    title: 'feathergrad',
    library: 'feathergrad',
    places: ['chromium', 'node', 'firefox'],
    trains: true,
  },
  'jax-webgpu': {
    title: 'jax-js WebGPU',
    library: '@jax-js/jax',
    places: ['chromium', 'node', 'firefox'],
    trains: true,
  },
  'tfjs-webgpu': {
    title: 'TensorFlow.js WebGPU',
    library: '@tensorflow/tfjs-backend-webgpu',
    places: ['chromium', 'node'],
    trains: true,
  },
  'ort-webgpu': {
    title: 'ONNX Runtime WebGPU',
    library: 'onnxruntime-web',
    places: ['chromium'],
    trains: false,
  },
  'jax-wasm': { title: 'jax-js wasm', library: '@jax-js/jax', places: ['chromium'], trains: true },
  'tfjs-wasm': {
    title: 'TensorFlow.js wasm',
    library: '@tensorflow/tfjs-backend-wasm',
    places: ['chromium'],
    trains: true,
  },
  'ort-wasm': { title: 'ONNX Runtime wasm', library: 'onnxruntime-web', places: ['chromium'], trains: false },
} as const satisfies Record<
  string,
  { title: string; library: string; places: readonly Place[]; trains: boolean }
>;

export type PeerName = keyof typeof PEERS;
export const PEER_NAMES = Object.keys(PEERS) as PeerName[];

/** Without a GPU: SwiftShader in Chromium, lavapipe in Node (Dawn) and in Firefox (wgpu). */
export type Place = 'chromium' | 'node' | 'firefox';
export const PLACES: readonly Place[] = ['chromium', 'node', 'firefox'];

/** All measurements, by their names in --rows. The large ones, for a real GPU, run only if named. */
export const ROWS = {
  'infer-1-48': { title: 'inference, batch 1 at 48', work: 'inference', size: 1, side: 48 },
  'infer-32-48': { title: 'inference, batch 32 at 48', work: 'inference', size: 32, side: 48 },
  'infer-1-224': { title: 'inference, batch 1 at 224', work: 'inference', size: 1, side: 224 },
  'train-32-48': { title: 'training step, batch 32 at 48', work: 'training', size: 32, side: 48 },
  'train-8-112': { title: 'training step, batch 8 at 112', work: 'training', size: 8, side: 112 },
  'infer-64-224': { title: 'inference, batch 64 at 224', work: 'inference', size: 64, side: 224 },
  'train-64-224': { title: 'training step, batch 64 at 224', work: 'training', size: 64, side: 224 },
} as const;

export type RowName = keyof typeof ROWS;
export const ROW_NAMES = Object.keys(ROWS) as RowName[];
export const USUAL_ROWS = ROW_NAMES.filter((row) => ROWS[row].size < 64);
export type Work = (typeof ROWS)[RowName]['work'];

/** The libraries of `--quick`: all WebGPU backends, and the fastest training without WebGPU. */
export const QUICK_PEERS: readonly PeerName[] = [
  'feathergrad',
  'jax-webgpu',
  'tfjs-webgpu',
  'ort-webgpu',
  'jax-wasm',
];

/** Measurements that `--quick` omits, since each takes minutes. */
const TOO_SLOW: readonly (readonly [Place, RowName, PeerName])[] = [
  ['chromium', 'train-8-112', 'tfjs-webgpu'],
  ['node', 'train-8-112', 'tfjs-webgpu'],
  ['node', 'train-32-48', 'jax-webgpu'],
  ['node', 'train-8-112', 'jax-webgpu'],
  ['firefox', 'infer-32-48', 'jax-webgpu'],
  ['firefox', 'infer-1-224', 'jax-webgpu'],
  ['firefox', 'train-32-48', 'jax-webgpu'],
  ['firefox', 'train-8-112', 'jax-webgpu'],
];

export const isTooSlow = (place: Place, row: RowName, peer: PeerName): boolean =>
  TOO_SLOW.some((one) => one[0] === place && one[1] === row && one[2] === peer);
