import * as ort from 'onnxruntime-web/webgpu';
import { ortPeer } from './ort.ts';

/** ONNX Runtime Web on its WebGPU provider. */
export const open = () => ortPeer(ort, 'webgpu', 'WebGPU');
