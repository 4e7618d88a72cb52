import * as ort from 'onnxruntime-web/wasm';
import { ortPeer } from './ort.ts';

/** ONNX Runtime Web on WebAssembly (SIMD, with threads if the page is cross-origin isolated). */
export const open = () => ortPeer(ort, 'wasm', 'WebAssembly');
