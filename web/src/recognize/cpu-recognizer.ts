import { type ImageClassifier, probabilitiesOf } from 'feathergrad';
import { prepareImages } from 'feathergrad/data';
import { decodeWeights, encodeOnnx } from 'feathergrad/formats';
import { modelOf } from 'feathergrad/models';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import type { Crop, ModelFacts, Seen } from './messages.ts';

/**
 * The same network and preprocessing as `Recognizer`, for browsers without WebGPU: the weights become an ONNX file in
 * memory, which ONNX Runtime runs in WebAssembly. It has no attention maps.
 */
export class CpuRecognizer {
  readonly facts: ModelFacts;
  private readonly model: ImageClassifier;
  private readonly session: ort.InferenceSession;

  private constructor(model: ImageClassifier, session: ort.InferenceSession, facts: ModelFacts) {
    this.model = model;
    this.session = session;
    this.facts = facts;
  }

  /**
   * @param bytes a weights file
   * @throws Error when the file contains no suitable weights, or WebAssembly cannot be loaded
   */
  static async create(bytes: Uint8Array<ArrayBuffer>, isBuiltIn: boolean): Promise<CpuRecognizer> {
    const { state, metadata } = decodeWeights(bytes);
    const model = modelOf(state, metadata);
    ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href };
    ort.env.wasm.numThreads = 1; // threads need a cross-origin-isolated page
    const session = await ort.InferenceSession.create(encodeOnnx(model, state, { fold: true }));
    return new CpuRecognizer(model, session, {
      classNames: model.classNames,
      network: model.variant ?? model.model,
      side: model.side,
      parameters: model.parameterCount(),
      metadata: isBuiltIn ? {} : metadata,
    });
  }

  /** Runs the network on a crop of the picture, then closes the picture. */
  async see(picture: VideoFrame | ImageBitmap, { left, top, size }: Crop): Promise<Seen> {
    const started = performance.now();
    const { side, mean, std, color, mirror, classNames } = this.model;
    const window = { left, top, width: size, height: size };
    try {
      const { data, shape } = prepareImages([picture], { side, mean, std, color, mirror, window });
      const { logits } = await this.session.run({ images: new ort.Tensor('float32', data, shape) });
      const [probabilities] = probabilitiesOf(logits?.data as Float32Array, classNames.length, { mirror });
      return {
        probabilities: probabilities as Float32Array,
        attention: [],
        milliseconds: performance.now() - started,
      };
    } finally {
      picture.close();
    }
  }

  dispose(): void {
    void this.session.release();
  }
}
