import { ANCHOR_VALUES } from '../models/blazeface/config.ts';
import { type Face, type FaceBox, intersection, KEYPOINT_NAMES, overlap } from './face.ts';

/** A detection: the numbers of one anchor in pixels of the image, as decode_faces.wgsl writes them. */
type Detection = Float32Array;

const SCORE = ANCHOR_VALUES - 1;
/** Minimum intersection over union of two detections of the same face, as in MediaPipe. */
const SAME_OVERLAP = 0.3;
/**
 * Minimum share of the smaller box that is inside the larger one if both are the same face, found in tiles of two
 * scales.
 */
const SAME_INSIDE = 0.6;

/**
 * Returns one face per group of overlapping detections, most certain first. As in BlazeFace, section 4, box and keypoints
 * are the means of the group, weighted by the scores, which move less from frame to frame than those of the best one.
 * @param values [n, 17] numbers of decode_faces.wgsl
 */
export function facesFrom(values: Float32Array, minScore: number, maxFaces: number): Face[] {
  const open: Detection[] = [];
  for (let at = 0; at < values.length; at += ANCHOR_VALUES) {
    if ((values[at + SCORE] as number) >= minScore) open.push(values.subarray(at, at + ANCHOR_VALUES));
  }
  open.sort((a, b) => (b[SCORE] as number) - (a[SCORE] as number));
  const faces: Face[] = [];
  let rest = open;
  while (rest.length > 0 && faces.length < maxFaces) {
    const best = rest[0] as Detection;
    const box = boxOf(best);
    const alike = rest.filter((other) => other === best || overlap(box, boxOf(other)) > SAME_OVERLAP);
    const face = meanOf(alike);
    faces.push(face);
    rest = rest.filter((other) => !alike.includes(other) && !isInside(boxOf(other), face.box));
  }
  return faces;
}

function boxOf(values: ArrayLike<number>): FaceBox {
  const [x = 0, y = 0, width = 0, height = 0] = Array.from(values).slice(0, 4);
  return { left: x - width / 2, top: y - height / 2, width, height };
}

function isInside(a: FaceBox, b: FaceBox): boolean {
  return intersection(a, b) > SAME_INSIDE * Math.min(a.width * a.height, b.width * b.height);
}

function meanOf(group: readonly Detection[]): Face {
  const sums = new Float64Array(SCORE);
  let weight = 0;
  for (const values of group) {
    const score = values[SCORE] as number;
    weight += score;
    for (let k = 0; k < SCORE; k++) sums[k] = (sums[k] as number) + score * (values[k] as number);
  }
  const mean = sums.map((value) => value / weight);
  const point = (k: number) => ({ x: mean[k] as number, y: mean[k + 1] as number });
  const keypoints = Object.fromEntries(KEYPOINT_NAMES.map((name, k) => [name, point(4 + 2 * k)]));
  return {
    box: boxOf(mean),
    score: (group[0] as Detection)[SCORE] as number,
    keypoints: keypoints as unknown as Face['keypoints'],
  };
}
