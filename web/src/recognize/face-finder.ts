import type { ImageClassifier } from 'feathergrad';
import type { FaceReader, FaceTracker, TrackedFace } from 'feathergrad/faces';
import { blockOf } from '../lib/attention.ts';
import { imageOfRgb } from '../lib/image-of-rgb.ts';
import type { FaceView, FoundFaces, LookOptions } from './messages.ts';

/** For speed, video frames are searched only as a whole. */
const VIDEO_SCALES = [1];

/** Finds faces, reads their expressions and follows them in video. Its code and weights are loaded at first use. */
export class FaceFinder {
  private readonly reader: FaceReader;
  private readonly tracker: FaceTracker;
  private readonly classNames: readonly string[];

  private constructor(reader: FaceReader, tracker: FaceTracker, classNames: readonly string[]) {
    this.reader = reader;
    this.tracker = tracker;
    this.classNames = classNames;
  }

  static async create(model: ImageClassifier): Promise<FaceFinder> {
    const faces = await import('feathergrad/faces');
    const reader = await faces.FaceReader.load(model, { attention: true, crops: true });
    return new FaceFinder(reader, new faces.FaceTracker(), model.classNames);
  }

  /** Returns the faces of a picture, or of the next frame of a video. */
  async find(picture: VideoFrame | ImageBitmap, options: LookOptions): Promise<FoundFaces> {
    const { time, smoothing, largestOnly } = options;
    const all = await this.reader.read(picture, time === null ? {} : { scales: VIDEO_SCALES });
    const found = largestOnly ? all.sort((a, b) => b.box.width - a.box.width).slice(0, 1) : all;
    this.tracker.smoothing = smoothing;
    if (time === null) this.tracker.reset();
    const tracked = this.tracker.update(found, time ?? 0);
    return { faces: tracked.map((face) => this.viewOf(face)), times: this.reader.times };
  }

  /** Uses the last three seconds as the neutral expression of a face; null removes all baselines. */
  setBaseline(id: number | null): void {
    if (id === null) this.tracker.clearBaseline();
    else this.tracker.takeBaseline(id);
  }

  private viewOf({ id, box, label, probability, predictions, hasBaseline, found }: TrackedFace): FaceView {
    const values = new Map(predictions.map((one) => [one.label, one.probability]));
    return {
      id,
      box,
      label,
      probability,
      probabilities: this.classNames.map((name) => values.get(name) ?? 0),
      hasBaseline,
      crop: found.crop ? imageOfRgb(found.crop) : null,
      attention: (found.attention ?? []).map(({ layer, side, values: map }) => ({
        block: blockOf(layer),
        height: side,
        width: side,
        values: map,
      })),
    };
  }

  dispose(): void {
    this.reader.dispose();
  }
}
