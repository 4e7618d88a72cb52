// FaceDetector of the Shape Detection API, which some Chromium builds have and TypeScript does not declare.
interface DetectedFace {
  boundingBox: DOMRectReadOnly;
}
interface FaceDetectorLike {
  detect(image: ImageBitmapSource): Promise<DetectedFace[]>;
}
type FaceDetectorClass = new (options?: {
  fastMode?: boolean;
  maxDetectedFaces?: number;
}) => FaceDetectorLike;

const Detector = (globalThis as { FaceDetector?: FaceDetectorClass }).FaceDetector;

export const canDetect = Detector !== undefined;
let detector: FaceDetectorLike | null = null;

/** Returns the bounding box of the largest face; null if there is none. @throws Error if detection fails */
export async function findFace(image: ImageBitmapSource): Promise<DOMRectReadOnly | null> {
  if (!Detector) return null;
  detector ??= new Detector({ fastMode: true, maxDetectedFaces: 4 });
  const faces = await detector.detect(image);
  const boxes = faces.map(({ boundingBox }) => boundingBox);
  return boxes.sort((a, b) => b.width * b.height - a.width * a.height)[0] ?? null;
}
