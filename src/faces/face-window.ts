import { boolean, checkOptions, checkValue, finite, having, type OptionRules } from '../gpu/check-options.ts';
import type { FrameWindow } from '../tensor/frame.ts';
import type { Face } from './face.ts';

/** Options of `faceWindow`. */
export interface FaceWindowOptions {
  /** side of the window divided by the side of the face's box (default 1.1) */
  margin?: number;
  /** shift of the window toward the forehead, divided by the side of the box (default 0.1) */
  lift?: number;
  /** whether the window is rotated so that the eyes are level (default true) */
  align?: boolean;
}

export const FACE_WINDOW_OPTIONS: OptionRules<FaceWindowOptions> = {
  margin: (v) => finite(v, 0.25, 8),
  lift: (v) => finite(v, -1, 1),
  align: boolean,
};

/** Defaults of `FaceWindowOptions`, measured by scripts/measure-crop.mjs. */
export const FACE_WINDOW_DEFAULTS: Required<FaceWindowOptions> = { margin: 1.1, lift: 0.1, align: true };

/**
 * Returns the square part of an image that the expression network receives for a face: the detector's box, enlarged by
 * `margin`, moved by `lift` and rotated so that the eyes are level.
 */
export function faceWindow(face: Face, options: FaceWindowOptions = {}): Required<FrameWindow> {
  checkValue('faceWindow', 'face', face, (value) =>
    having(value, 'keypoints', 'a Face, as detect() returns it'),
  );
  checkOptions('faceWindow', options, FACE_WINDOW_OPTIONS);
  const usual = FACE_WINDOW_DEFAULTS;
  const { margin = usual.margin, lift = usual.lift, align = usual.align } = options;
  const { box, keypoints } = face;
  const { rightEye, leftEye } = keypoints;
  const angle = align ? Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x) : 0;
  const boxSide = Math.max(box.width, box.height);
  const side = margin * boxSide;
  // in a rotated face, the direction toward the forehead is (sin, -cos)
  const x = box.left + box.width / 2 + lift * boxSide * Math.sin(angle);
  const y = box.top + box.height / 2 - lift * boxSide * Math.cos(angle);
  return { left: x - side / 2, top: y - side / 2, width: side, height: side, angle };
}
