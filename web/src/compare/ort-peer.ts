import { FerMobileNetV3, type StateDict } from 'feathergrad';
import { encodeOnnx } from 'feathergrad/formats';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as ort from 'onnxruntime-web/webgpu';
import type { Peer } from '../../../bench/peers/peer.ts';

/** Runs feathergrad's ONNX export with ONNX Runtime Web. */
export async function open(): Promise<Peer> {
  ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href };
  ort.env.wasm.numThreads = 1; // the network runs on the GPU; threads would need a cross-origin-isolated page
  return {
    device: 'WebGPU',
    async inference(weights, batch, side) {
      const model = new FerMobileNetV3({ dropout: 0 });
      const file = encodeOnnx(model, weights as StateDict, { batch, side });
      const session = await ort.InferenceSession.create(file, {
        executionProviders: ['webgpu'],
        graphOptimizationLevel: 'all',
      });
      const [output] = session.outputNames;
      return async ({ nchw }) => {
        const images = new ort.Tensor('float32', nchw, [batch, 3, side, side]);
        const results = await session.run({ images });
        return results[output as string]?.data as Float32Array;
      };
    },
  };
}
