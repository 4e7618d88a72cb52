import type * as Ort from 'onnxruntime-web';
import { encodeOnnx } from '../../src/formats/onnx.ts';
import { FerMobileNetV3, type StateDict } from '../../src/index.ts';
import type { Peer } from './peer.ts';

/**
 * The network as an ONNX file exported by feathergrad, with norms folded, run by ONNX Runtime Web, which cannot train.
 */
export async function ortPeer(ort: typeof Ort, provider: 'webgpu' | 'wasm', device: string): Promise<Peer> {
  ort.env.wasm.wasmPaths = '/ort/';
  ort.env.wasm.numThreads = navigator.hardwareConcurrency;
  return {
    device,
    async inference(weights, size, side) {
      const options = { fold: true, batch: size, side };
      const file = encodeOnnx(new FerMobileNetV3(), weights as StateDict, options);
      const session = await ort.InferenceSession.create(file, {
        executionProviders: [provider],
        graphOptimizationLevel: 'all',
      });
      const [output] = session.outputNames;
      return async ({ nchw }) => {
        const images = new ort.Tensor('float32', nchw, [size, 3, side, side]);
        const results = await session.run({ images });
        return results[output as string]?.data as Float32Array;
      };
    },
  };
}
