import type * as Ort from 'onnxruntime-web';
import { onnxNetwork } from './onnx-network.ts';
import type { Peer } from './peer.ts';

/** The network as an ONNX file, run by ONNX Runtime Web. It has no training. */
export async function ortPeer(ort: typeof Ort, provider: 'webgpu' | 'wasm', device: string): Promise<Peer> {
  ort.env.wasm.wasmPaths = '/ort/';
  ort.env.wasm.numThreads = navigator.hardwareConcurrency;
  return {
    device,
    async inference(weights, size, side) {
      const session = await ort.InferenceSession.create(onnxNetwork(weights, size, side), {
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
