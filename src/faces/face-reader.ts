import { boolean, checkOptions, checkValue, having, type OptionRules } from '../gpu/check-options.ts';
import { inEvaluation } from '../layers/in-evaluation.ts';
import {
  type AttentionMap,
  type AttentionTensor,
  withAttention,
} from '../models/fer-mobilenetv3/attention-maps.ts';
import type { ImageClassifier, Prediction } from '../models/image-classifier.ts';
import { predictionLogits, predictionsOf } from '../models/prediction.ts';
import { type Frame, type FrameWindow, type FrameWindows, frameToTensor } from '../tensor/frame.ts';
import type { ImageLike, RawImage } from '../tensor/image.ts';
import { scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { enlarged, type Face } from './face.ts';
import { type DetectOptions, FaceDetector } from './face-detector.ts';
import { FACE_WINDOW_OPTIONS, type FaceWindowOptions, faceWindow } from './face-window.ts';
import { FramePasses } from './frame-passes.ts';
import { whileOpen } from './turns.ts';

/** A face with its expression. */
export interface FaceExpression extends Face {
  /** the most probable class */
  label: string;
  /** its probability, 0 to 1 */
  probability: number;
  /** all classes, most probable first; the probabilities sum to 1 */
  predictions: Prediction[];
  /** the part of the image that the network received */
  window: Required<FrameWindow>;
  /** one map per coordinate attention layer; only with the option `attention` */
  attention?: AttentionMap[];
  /** RGB pixels [side, side, 3] as the network received them; only with the option `crops` */
  crop?: RawImage;
}

/** Options of `FaceReader`. */
export interface FaceReaderOptions extends FaceWindowOptions {
  /** whether the results have attention maps (default false) */
  attention?: boolean;
  /** whether the results have the pixels that the network received (default false) */
  crops?: boolean;
  /** a detector on the model's device (default: one with the weights that come with feathergrad) */
  detector?: FaceDetector;
}

const OPTIONS: OptionRules<FaceReaderOptions> = /* @__PURE__ */ (() => ({
  ...FACE_WINDOW_OPTIONS,
  attention: boolean,
  crops: boolean,
  detector: (v) => having(v, 'detect', 'a FaceDetector'),
}))();

/** Time of the stages of the latest `read`, in milliseconds. */
export interface FaceReaderTimes {
  /** copying the image to the GPU and detecting faces */
  detect: number;
  /** reading the expressions */
  classify: number;
}

/** Maximum faces per pass of the network. */
const MOST_FACES = 32;

interface Outputs {
  logits: Tensor;
  maps: AttentionTensor[];
  pixels: Tensor[];
}

/**
 * Finds the faces in images and video frames and reads the expression of each. Detection is one replayed capture, and
 * the expressions of all faces are another, so that nothing is created per frame once a number of faces has occurred.
 */
export class FaceReader {
  readonly model: ImageClassifier;
  readonly detector: FaceDetector;
  /** see `FaceReaderTimes` */
  times: FaceReaderTimes = { detect: 0, classify: 0 };
  private readonly options: FaceReaderOptions;
  private readonly windowOptions: FaceWindowOptions;
  private readonly passes: FramePasses<Outputs>;
  /** the model's settings with which the passes were recorded */
  private settings = '';
  private isDisposed = false;

  private constructor(model: ImageClassifier, detector: FaceDetector, options: FaceReaderOptions) {
    this.model = model;
    this.detector = detector;
    this.options = options;
    const { attention: _, crops: __, detector: ___, ...windowOptions } = options;
    this.windowOptions = windowOptions;
    this.passes = new FramePasses(model.device, (frame, windows) =>
      inEvaluation(model, () => scope(() => this.outputs(frame, windows))),
    );
  }

  /**
   * Combines an expression network with a face detector.
   * @param model on a device; its metadata determines input size, gray and mirroring
   * @throws Error when model and detector are on different devices
   */
  static async load(model: ImageClassifier, options: FaceReaderOptions = {}): Promise<FaceReader> {
    checkOptions('FaceReader', options, OPTIONS);
    checkValue('FaceReader', 'model', model, (v) => having(v, 'classNames', 'an image classifier'));
    const detector = options.detector ?? (await FaceDetector.load(model.device));
    if (detector.device !== model.device) {
      throw new Error('FaceReader: model and detector are on different devices. Load both on one device.');
    }
    return new FaceReader(model, detector, options);
  }

  /**
   * Returns the faces in an image with their expressions, the most certain face first. Calls that overlap are
   * processed in their order.
   * @param image see `ImageLike`, or a `Frame` on the same device, whose window is ignored
   * @throws Error for a value that is not a readable image, and after `dispose`; NonFiniteError when an output is not finite
   */
  read(image: ImageLike | Frame, options: DetectOptions = {}): Promise<FaceExpression[]> {
    return this.inTurn(() => this.found(image, options));
  }

  private async found(image: ImageLike | Frame, options: DetectOptions): Promise<FaceExpression[]> {
    const start = performance.now();
    const { frame, reduction } = await this.detector.onGpu(image);
    const faces = await this.detector.search(frame, options);
    const detected = performance.now();
    const found = await this.expressions(frame, faces);
    this.times = { detect: detected - start, classify: performance.now() - detected };
    return found.map((face) => enlargedExpression(face, reduction));
  }

  /**
   * Returns the expressions of faces that were found in the frame.
   * @param frame the frame on the GPU
   * @param faces in pixels of the frame
   */
  classify(frame: Frame, faces: readonly Face[]): Promise<FaceExpression[]> {
    return this.inTurn(() => this.expressions(frame, faces));
  }

  private async expressions(frame: Frame, faces: readonly Face[]): Promise<FaceExpression[]> {
    const found: FaceExpression[] = [];
    for (let start = 0; start < faces.length; start += MOST_FACES) {
      found.push(...(await this.batch(frame, faces.slice(start, start + MOST_FACES))));
    }
    return found;
  }

  /** Runs `task` when no other work uses the memory of the reader and its detector. */
  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const requireOpen = () => {
      if (this.isDisposed) {
        throw new Error('FaceReader: this reader was disposed. Create another one with FaceReader.load().');
      }
    };
    return this.detector.turns.take(() => whileOpen(requireOpen, task));
  }

  private async batch(frame: Frame, faces: readonly Face[]): Promise<FaceExpression[]> {
    const { model } = this;
    const settings = [model.side, model.mirror, model.activations].join();
    if (settings !== this.settings) this.passes.dispose();
    this.settings = settings;
    const windows = faces.map((face) => faceWindow(face, this.windowOptions));
    // a power of two, so that few sizes are recorded
    const count = 2 ** Math.ceil(Math.log2(windows.length));
    const { logits, maps, pixels } = await this.passes.run(frame, windows, count);
    const read = [logits, ...maps.map(({ map }) => map), ...pixels];
    const [values, ...more] = (await model.device.read(read)).map((bytes) => new Float32Array(bytes));
    const mirror = logits.shape[0] === 2 * count;
    const name = (i: number) => `face ${i}`;
    const all = values as Float32Array;
    const ranking = await predictionsOf('FaceReader', model, all, faces.length, { mirror }, name);
    return faces.map((face, i) => {
      const predictions = ranking[i] as Prediction[];
      const { label, probability } = predictions[0] as Prediction;
      const attention = maps.map(({ layer, map }, k) => {
        const side = map.shape[1] as number;
        const own = more[k]?.slice(i * side * side, (i + 1) * side * side) as Float32Array;
        return { layer, side, values: own };
      });
      return {
        ...face,
        label,
        probability,
        predictions,
        window: windows[i] as Required<FrameWindow>,
        ...(this.options.attention && { attention }),
        ...(this.options.crops && { crop: cropOf(more.at(-1) as Float32Array, i, model) }),
      };
    });
  }

  /** Computes the logits of the faces in windows of a frame. */
  private outputs(frame: Frame, windows: FrameWindows): Outputs {
    const { model } = this;
    const { side, mean, std, color, mirror } = model;
    const x = frameToTensor(frame, { side, mean, std, color }, windows);
    const logits = () => predictionLogits(model, x, { mirror });
    const pixels = this.options.crops ? [x] : [];
    if (!this.options.attention) return { logits: logits(), maps: [], pixels };
    const { result, maps } = withAttention(model, logits);
    return { logits: result, maps, pixels };
  }

  /** Frees the memory, and that of the detector unless it was passed in. The model is not disposed. */
  dispose(): void {
    this.isDisposed = true;
    this.passes.dispose();
    if (!this.options.detector) this.detector.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Returns the pixels of one face, from the normalized values of a batch. */
function cropOf(values: Float32Array, index: number, { side, mean, std }: ImageClassifier): RawImage {
  const count = side * side * 3;
  const own = values.subarray(index * count, (index + 1) * count);
  const data = Uint8ClampedArray.from(own, (value, i) => {
    return 255 * (value * (std[i % 3] as number) + (mean[i % 3] as number));
  });
  return { width: side, height: side, channels: 3, data };
}

function enlargedExpression(face: FaceExpression, times: number): FaceExpression {
  if (times === 1) return face;
  const { left, top, width, height, angle } = face.window;
  const window = {
    left: left * times,
    top: top * times,
    width: width * times,
    height: height * times,
    angle,
  };
  return { ...face, ...enlarged(face, times), window };
}
