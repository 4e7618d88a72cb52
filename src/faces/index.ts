export {
  BlazeFace,
  type BlazeFaceOptions,
  type PretrainedBlazeFaceOptions,
} from '../models/blazeface/blazeface.ts';
export type { BlazeFaceVariant } from '../models/blazeface/config.ts';
export type { Face, FaceBox, FaceKeypoints, Point } from './face.ts';
export { DETECT_DEFAULTS, type DetectOptions, FaceDetector } from './face-detector.ts';
export {
  type FaceExpression,
  FaceReader,
  type FaceReaderOptions,
  type FaceReaderTimes,
} from './face-reader.ts';
export { FACE_WINDOW_DEFAULTS, type FaceWindowOptions, faceWindow } from './face-window.ts';
export { tilesFor } from './tiles.ts';
export { FaceTracker, type FaceTrackerOptions, type TrackedFace } from './track.ts';
