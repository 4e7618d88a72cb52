export type { FileBytes } from './bytes.ts';
export { fromFloat16, toFloat16 } from './float16.ts';
export { type EncodeOnnxOptions, encodeOnnx } from './onnx.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
  toFloat32,
} from './safetensors.ts';
export { type SafetensorsDtype, SafetensorsError } from './safetensors-header.ts';
export { stateOf, tensorsOf } from './state-tensors.ts';
export { TorchFileError } from './torch-bytes.ts';
export type { SkippedEntry } from './torch-candidates.ts';
export { decodeTorch, isTorchFile } from './torch-file.ts';
export { TorchObject, type TorchValue } from './torch-object.ts';
export { type TorchStateOptions, type TorchWeights, torchState, torchWeights } from './torch-state.ts';
export { TorchTensor } from './torch-tensor.ts';
export { encodeTorch } from './torch-writer.ts';
export {
  loadMobileNetV3Large,
  type MobileNetV3LargeOptions,
  PAPER_FRESH,
  TransferReport,
  transferWeights,
} from './transfer.ts';
export {
  decodeWeights,
  type EncodeWeightsOptions,
  encodeWeights,
  type WeightsFile,
} from './weights-file.ts';
