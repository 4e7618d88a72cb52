import * as ort from 'onnxruntime-web/wasm';
import { ortPeer } from './ort.ts';

/** ONNX Runtime Web on WebAssembly (SIMD, threads where the page is isolated). */
export const open = () => ortPeer(ort, 'wasm', 'WebAssembly');
