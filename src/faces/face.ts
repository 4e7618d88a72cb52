/** A point in pixels, from the upper left corner of the image. */
export interface Point {
  x: number;
  y: number;
}

/** A rectangle in pixels, from the upper left corner of the image. */
export interface FaceBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The six keypoints of BlazeFace; left and right are those of the person, so the right eye is on the left in the image. */
export interface FaceKeypoints {
  rightEye: Point;
  leftEye: Point;
  nose: Point;
  mouth: Point;
  rightEar: Point;
  leftEar: Point;
}

/** A face that `FaceDetector` found. */
export interface Face {
  /** square around the face, from the brows to the chin; it may extend beyond the image */
  box: FaceBox;
  /** confidence of the detector, 0 to 1 */
  score: number;
  keypoints: FaceKeypoints;
}

/** Names of the keypoints in the order of the network's output. */
export const KEYPOINT_NAMES = ['rightEye', 'leftEye', 'nose', 'mouth', 'rightEar', 'leftEar'] as const;

/** Returns the area of the intersection of two boxes. */
export function intersection(a: FaceBox, b: FaceBox): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}

/** Returns the area of the intersection divided by that of the union, 0 to 1. */
export function overlap(a: FaceBox, b: FaceBox): number {
  const common = intersection(a, b);
  return common === 0 ? 0 : common / (a.width * a.height + b.width * b.height - common);
}

/** Returns a face in pixels of an image that is `times` as large. */
export function enlarged({ box, score, keypoints }: Face, times: number): Face {
  if (times === 1) return { box, score, keypoints };
  const { left, top, width, height } = box;
  const points = Object.entries(keypoints).map(([name, { x, y }]) => [name, { x: x * times, y: y * times }]);
  return {
    box: { left: left * times, top: top * times, width: width * times, height: height * times },
    score,
    keypoints: Object.fromEntries(points) as Face['keypoints'],
  };
}
