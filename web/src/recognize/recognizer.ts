import {
  type Capture,
  Frame,
  frameToTensor,
  type ImageClassifier,
  predictionLogits,
  probabilitiesOf,
  scope,
  type Tensor,
} from 'feathergrad';
import { type AttentionTensor, withAttention } from '../lib/attention.ts';
import type { Crop, Seen } from './messages.ts';

/** Maximum side of an image or video frame. */
export const MOST_PIXELS = 1920;

interface Outputs {
  logits: Tensor;
  maps: AttentionTensor[];
}

/** Resizing, normalization and the network as one capture that is replayed for each frame. */
export class Recognizer {
  readonly model: ImageClassifier;
  private readonly frame: Frame;
  private readonly capture: Capture<Outputs>;

  private constructor(model: ImageClassifier, frame: Frame, capture: Capture<Outputs>) {
    this.model = model;
    this.frame = frame;
    this.capture = capture;
  }

  /** Captures the operations of `model.predict` for frames, with the attention maps. */
  static async create(model: ImageClassifier): Promise<Recognizer> {
    const { device } = model;
    const frame = new Frame(device, { width: MOST_PIXELS, height: MOST_PIXELS });
    const { side, mean, std, color, mirror } = model.eval();
    const capture = await device.capture(() =>
      scope(() => {
        const x = frameToTensor(frame, { side, mean, std, color });
        const { result: logits, maps } = withAttention(model, () => predictionLogits(model, x, { mirror }));
        return { logits, maps };
      }),
    );
    return new Recognizer(model, frame, capture);
  }

  /** Runs the network on a crop of the image, then closes the image. */
  async see(picture: VideoFrame | ImageBitmap, { left, top, size }: Crop): Promise<Seen> {
    const started = performance.now();
    const window = { left, top, width: size, height: size };
    try {
      this.frame.write(picture, window);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      // A browser without a graphics card copies bitmaps of video frames to the GPU, but not the frames themselves.
      const bitmap = await createImageBitmap(picture);
      this.frame.write(bitmap, window);
      bitmap.close();
    } finally {
      picture.close();
    }
    const { logits, maps } = this.capture.run();
    const read = await this.model.device.read([logits, ...maps.map(({ map }) => map)]);
    const [first, ...rest] = read.map((bytes) => new Float32Array(bytes)) as [
      Float32Array,
      ...Float32Array[],
    ];
    const { classNames, mirror } = this.model;
    return {
      probabilities: probabilitiesOf(first, classNames.length, { mirror })[0] as Float32Array,
      attention: maps.map(({ block, map }, i) => ({
        block,
        height: map.shape[1] as number,
        width: map.shape[2] as number,
        // values of the image; those of the mirror image follow
        values: (rest[i] as Float32Array).slice(0, (map.shape[1] as number) * (map.shape[2] as number)),
      })),
      milliseconds: performance.now() - started,
    };
  }

  dispose(): void {
    const { logits, maps } = this.capture.outputs;
    for (const tensor of [logits, ...maps.map(({ map }) => map)]) tensor.dispose();
    this.capture.dispose();
    this.frame.dispose();
    this.model.dispose();
  }
}
