/** What the worker tells the page. Arrays are transferred, so the page gets them without a copy. */
export type RunEvent =
  | { kind: 'state'; state: RunState }
  | { kind: 'steps'; steps: StepPoint[]; memory: number }
  | { kind: 'epoch'; epoch: EpochPoint }
  | { kind: 'faces'; faces: Face[]; classNames: readonly string[] }
  | { kind: 'probe'; probe: Probe }
  /** a checkpoint was kept behind this step */
  | { kind: 'saved'; step: number }
  /** the run goes on behind this step: what was drawn of later ones did not happen */
  | { kind: 'resumed'; step: number }
  | { kind: 'note'; text: string };

export type RunState =
  | { name: 'idle' }
  | { name: 'preparing'; text: string }
  | { name: 'running' }
  | { name: 'paused' }
  | { name: 'ended'; how: 'finished' | 'stopped'; bestEpoch: number }
  | { name: 'failed'; title: string; message: string; canResume: boolean };

export interface StepPoint {
  step: number;
  epoch: number;
  loss: number;
  /** of the loss, by name */
  parts: Record<string, number>;
  /** share of the batch */
  accuracy: number;
  learningRate: number;
  picturesPerSecond: number;
  gradientNorm: number;
  stepsPerEpoch: number;
}

export interface EpochPoint {
  epoch: number;
  /** last step of it */
  step: number;
  trainAccuracy: number;
  trainLoss: number;
  validLoss: number | null;
  validAccuracy: number | null;
  confusion: number[][] | null;
  isBest: boolean;
}

/** A validation face, as the page draws it. */
export interface Face {
  label: number;
  image: ImageData;
}

/** What the network makes of the faces at some step. */
export interface Probe {
  step: number;
  /** [faces, classes] */
  probabilities: Float32Array;
  /** [faces, 2], turned so that it moves as little as possible from the probe before */
  positions: Float32Array;
  /** [classes, 2], where there are learned centers */
  centers: Float32Array | null;
  attention: AttentionMap[];
}

/** Coordinate attention of one block: [faces, height, width], mean over channels of a_h * a_w. */
export interface AttentionMap {
  block: string;
  height: number;
  width: number;
  values: Float32Array;
}

export interface DataSummary {
  pictures: number;
  classNames: readonly string[];
  counts: number[];
  skipped: { name: string; reason: string }[];
  /** some of each class */
  faces: Face[];
}
