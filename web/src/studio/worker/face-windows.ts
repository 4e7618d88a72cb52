import type { Device } from 'feathergrad';
import type { FaceDetector } from 'feathergrad/faces';
import type { CropWindow } from '../../lib/crop.ts';

/** The longer side of video frames and photos is searched as a whole, and photos also in tiles. */
const VIDEO_SCALES = [1];

/** Finds the largest face of a picture. The detector is loaded at first use. */
export class FaceWindows {
  private readonly device: Device;
  private detector: Promise<FaceDetector> | null = null;

  constructor(device: Device) {
    this.device = device;
  }

  /** Returns the part of the picture with the largest face, or null if it has none. */
  async find(
    picture: ImageBitmap | VideoFrame,
    { isVideo }: { isVideo: boolean },
  ): Promise<CropWindow | null> {
    this.detector ??= import('feathergrad/faces').then(({ FaceDetector }) => FaceDetector.load(this.device));
    const [detector, { faceWindow }] = await Promise.all([this.detector, import('feathergrad/faces')]);
    const faces = await detector.detect(picture, isVideo ? { scales: VIDEO_SCALES } : {});
    const [largest] = faces.sort((a, b) => b.box.width - a.box.width);
    if (!largest) return null;
    const { left, top, width, angle } = faceWindow(largest);
    return { left, top, size: width, angle };
  }
}
