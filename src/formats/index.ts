export { fromFloat16, toFloat16 } from './float16.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
  toFloat32,
} from './safetensors.ts';
export { type SafetensorsDtype, SafetensorsError } from './safetensors-header.ts';
