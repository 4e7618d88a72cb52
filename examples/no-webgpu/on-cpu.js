import { probabilitiesOf } from 'feathergrad';
import { prepareImages } from 'feathergrad/data';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';

ort.env.wasm.wasmPaths = { wasm };
ort.env.wasm.numThreads = 1; // threads need a cross-origin-isolated page

/** Runs the exported ONNX file in WebAssembly, with the preprocessing and the mirror image of predict(). */
export async function openOnCpu() {
  const response = await fetch('./faces.json'); // the output of `feathergrad export --json`
  const { classNames, side, mean, std, color, mirror } = await response.json();
  const session = await ort.InferenceSession.create('./faces.onnx');
  return async (image) => {
    const { data, shape } = prepareImages([image], { side, mean, std, color, mirror });
    const { logits } = await session.run({ images: new ort.Tensor('float32', data, shape) });
    const [probabilities] = probabilitiesOf(logits.data, classNames.length, { mirror });
    return classNames
      .map((label, i) => ({ label, probability: probabilities[i] }))
      .sort((a, b) => b.probability - a.probability);
  };
}
