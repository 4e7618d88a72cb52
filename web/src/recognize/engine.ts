import { expose } from 'comlink';
import {
  createDevice,
  type Device,
  FerMobileNetV3,
  type ImageClassifier,
  WebGPUUnavailableError,
} from 'feathergrad';
import { DrawnFaceSource } from 'feathergrad/data';
import { decodeWeights, type WeightsFile } from 'feathergrad/formats';
import { fetchShipped, type Loaded } from '../lib/fetch-shipped.ts';
import { facesOf } from '../train/worker/data.ts';
import type { CpuRecognizer } from './cpu-recognizer.ts';
import { FaceFinder } from './face-finder.ts';
import type { Crop, Looked, LookOptions, ModelFacts, Opened } from './messages.ts';
import { Recognizer } from './recognizer.ts';

/** Pixels along each side of a sample, on the page and for the network. */
const SAMPLE_SIDE = 224;
/** Seed of the samples: no network has been trained on these faces. */
const SAMPLES = new DrawnFaceSource({ seed: 77, length: 64 });

/** Makes the network of a file. The networks are loaded on demand: most visitors use the built-in weights. */
async function networkOf(device: Device, { state, metadata }: WeightsFile): Promise<ImageClassifier> {
  const { modelOf } = await import('feathergrad/models');
  const model = modelOf(state, metadata).to(device).eval();
  try {
    model.loadStateDict(state);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** Runs the network for Recognize, in a worker. */
class RecognizeEngine {
  private device: Device | null = null;
  private recognizer: Recognizer | null = null;
  private finder: FaceFinder | null = null;
  /** in place of `recognizer` in a browser without WebGPU */
  private cpu: CpuRecognizer | null = null;
  private isCpu = false;

  /** Opens the GPU; without WebGPU the network runs on the CPU. */
  async open(): Promise<Opened> {
    try {
      const { description } = await this.opened();
      this.isCpu = false;
      return { gpu: description };
    } catch (error) {
      if (!(error instanceof WebGPUUnavailableError)) throw error;
      this.isCpu = true;
      return { gpu: null, why: error.message };
    }
  }

  /** Loads the built-in weights. Kernels are compiled during the download. Their metadata is not returned. */
  async loadShipped(onProgress: (progress: Loaded) => void): Promise<ModelFacts> {
    if (this.isCpu) return this.loadOnCpu(await fetchShipped(onProgress), true);
    const model = await FerMobileNetV3.pretrained(await this.opened(), {
      onProgress: ({ loaded, total = null }) => onProgress({ loaded, total }),
    });
    return this.use(model, {});
  }

  /**
   * Loads the weights of a file.
   * @throws Error if the file contains no weights that fit
   */
  async load(bytes: Uint8Array<ArrayBuffer>): Promise<ModelFacts> {
    if (this.isCpu) return this.loadOnCpu(bytes, false);
    const device = await this.opened();
    const file = decodeWeights(bytes);
    return this.use(await networkOf(device, file), file.metadata);
  }

  private async loadOnCpu(bytes: Uint8Array<ArrayBuffer>, isBuiltIn: boolean): Promise<ModelFacts> {
    const { CpuRecognizer } = await import('./cpu-recognizer.ts');
    const recognizer = await CpuRecognizer.create(bytes, isBuiltIn);
    this.cpu?.dispose();
    this.cpu = recognizer;
    return recognizer.facts;
  }

  /** Recognizes faces with this network from now on. */
  private async use(model: ImageClassifier, metadata: ModelFacts['metadata']): Promise<ModelFacts> {
    const recognizer = await Recognizer.create(model);
    this.finder?.dispose();
    this.finder = null;
    this.recognizer?.dispose();
    this.recognizer = recognizer;
    this.cpu = null;
    return {
      classNames: model.classNames,
      network: model.variant ?? model.model,
      side: model.side,
      parameters: model.parameterCount(),
      metadata,
    };
  }

  /**
   * Finds the faces of a picture or video frame. Without a face, the network sees the square under the guide. Returns
   * null while no weights are loaded.
   */
  async look(picture: VideoFrame | ImageBitmap, crop: Crop, options: LookOptions): Promise<Looked | null> {
    const { recognizer, cpu } = this;
    if (cpu) return { found: null, seen: await cpu.see(picture, crop) };
    if (!recognizer) {
      picture.close();
      return null;
    }
    if (!options.findFaces) return { found: null, seen: await recognizer.see(picture, crop) };
    this.finder ??= await FaceFinder.create(recognizer.model);
    const found = await this.finder.find(picture, options);
    if (found.faces.length === 0) return { found, seen: await recognizer.see(picture, crop) };
    picture.close();
    return { found, seen: null };
  }

  /** Uses the last three seconds as the neutral expression of a face; null removes all baselines. */
  setBaseline(id: number | null): void {
    this.finder?.setBaseline(id);
  }

  async samples(count: number): Promise<ImageData[]> {
    const indices = Array.from({ length: count }, (_, i) => i);
    const faces = await facesOf(await this.opened(), SAMPLES, indices, SAMPLE_SIDE);
    return faces.map(({ image }) => image);
  }

  private async opened(): Promise<Device> {
    if (this.device) return this.device;
    const device = await createDevice();
    this.device = device;
    device.lost.then(() => {
      if (this.device !== device) return;
      this.device = null; // the next call opens a new one
      this.recognizer = null;
      this.finder = null;
    });
    return device;
  }
}

export type { RecognizeEngine };

expose(new RecognizeEngine());
