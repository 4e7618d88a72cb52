import { expose } from 'comlink';
import { createDevice, type Device, FerMobileNetV3, type ImageClassifier } from 'feathergrad';
import { DrawnFaceSource } from 'feathergrad/data';
import { decodeWeights, type WeightsFile } from 'feathergrad/formats';
import { facesOf } from '../train/worker/data.ts';
import type { Crop, ModelFacts, Seen } from './messages.ts';
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

  async open(): Promise<string> {
    return (await this.opened()).description;
  }

  /**
   * Loads the weights of a file, or the built-in ones for null. @throws Error if the file contains no weights that fit
   */
  async load(bytes: Uint8Array<ArrayBuffer> | null): Promise<ModelFacts> {
    const device = await this.opened();
    const file = bytes && decodeWeights(bytes);
    const model = file ? await networkOf(device, file) : await FerMobileNetV3.pretrained(device);
    const recognizer = await Recognizer.create(device, model);
    this.recognizer?.dispose();
    this.recognizer = recognizer;
    return {
      classNames: model.classNames,
      network: model.variant ?? model.model,
      side: model.side,
      parameters: model.parameterCount(),
      metadata: file?.metadata ?? {},
    };
  }

  /** Null while no weights are loaded. */
  async see(picture: VideoFrame | ImageBitmap, crop: Crop): Promise<Seen | null> {
    if (this.recognizer && this.device) return this.recognizer.see(picture, crop);
    picture.close();
    return null;
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
    });
    return device;
  }
}

export type { RecognizeEngine };

expose(new RecognizeEngine());
