import {
  type Capture,
  type Device,
  type FerMobileNetV3,
  Frame,
  frameToTensor,
  noGrad,
  scope,
  softmax,
  type Tensor,
} from 'feathergrad';
import { type AttentionTensor, withAttention } from '../lib/attention.ts';
import type { Crop, Seen } from './messages.ts';

/** Longest side of a picture or video frame. */
export const MOST_PIXELS = 1920;

interface Outputs {
  probabilities: Tensor;
  maps: AttentionTensor[];
}

/** Resize, normalise and network as one recording, replayed for every frame. */
export class Recogniser {
  readonly model: FerMobileNetV3;
  private readonly frame: Frame;
  private readonly capture: Capture<Outputs>;

  private constructor(model: FerMobileNetV3, frame: Frame, capture: Capture<Outputs>) {
    this.model = model;
    this.frame = frame;
    this.capture = capture;
  }

  /** `grey`: the network learned from grey pictures, so that is what it is shown. */
  static async create(device: Device, model: FerMobileNetV3, grey: boolean): Promise<Recogniser> {
    const frame = new Frame(device, { width: MOST_PIXELS, height: MOST_PIXELS });
    const { side, mean, std } = model.eval();
    const capture = await device.capture(() =>
      scope(() =>
        noGrad(() => {
          const x = frameToTensor(frame, { side, mean, std, grey });
          const { result, maps } = withAttention(model, () => model.call(x));
          return { probabilities: softmax(result), maps };
        }),
      ),
    );
    return new Recogniser(model, frame, capture);
  }

  /** What the network makes of a picture's crop. The picture is closed. */
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
    const { probabilities, maps } = this.capture.run();
    const read = await this.model.device.read([probabilities, ...maps.map(({ map }) => map)]);
    const [first, ...rest] = read.map((bytes) => new Float32Array(bytes)) as [
      Float32Array,
      ...Float32Array[],
    ];
    return {
      probabilities: first,
      attention: maps.map(({ block, map }, i) => ({
        block,
        height: map.shape[1] as number,
        width: map.shape[2] as number,
        values: rest[i] as Float32Array,
      })),
      milliseconds: performance.now() - started,
    };
  }

  dispose(): void {
    const { probabilities, maps } = this.capture.outputs;
    for (const tensor of [probabilities, ...maps.map(({ map }) => map)]) tensor.dispose();
    this.capture.dispose();
    this.frame.dispose();
    this.model.dispose();
  }
}
