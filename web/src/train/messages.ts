/** Events of a run, sent from the worker to the page. */
export type RunEvent =
  | { kind: 'state'; state: RunState }
  | { kind: 'steps'; steps: StepPoint[]; memory: number }
  | { kind: 'epoch'; epoch: EpochPoint }
  | { kind: 'faces'; faces: Face[]; classNames: readonly string[] }
  | { kind: 'probe'; probe: Probe }
  /** a checkpoint was stored after this step */
  | { kind: 'saved'; step: number }
  /** the run resumes after this step; later points in the charts are discarded */
  | { kind: 'resumed'; step: number }
  | { kind: 'note'; text: string }
  | { kind: 'layers'; layers: LayerStats };

/** What the Train page shows of a tuning. */
export interface TuneSummary {
  /** kernels measured now, and those with a faster variant */
  measured: number;
  faster: number;
  /** measured by earlier presses, also on earlier visits */
  known: number;
  left: number;
  cacheProblem: string | null;
}

export type RunState =
  | { name: 'idle' }
  | { name: 'preparing'; text: string }
  | { name: 'running' }
  | { name: 'paused' }
  | { name: 'ended'; how: 'finished' | 'stopped'; bestEpoch: number }
  | {
      name: 'failed';
      title: string;
      message: string;
      /** whether the stored checkpoint is worth resuming */
      canResume: boolean;
      /** a smaller learning rate to start again with; null unless the run diverged */
      lowerRate: number | null;
    };

export interface StepPoint {
  step: number;
  epoch: number;
  loss: number;
  /** parts of the loss, by name */
  parts: Record<string, number>;
  /** share of the batch that is predicted correctly */
  accuracy: number;
  learningRate: number;
  imagesPerSecond: number;
  gradientNorm: number;
  stepsPerEpoch: number;
}

export interface EpochPoint {
  epoch: number;
  /** its last step */
  step: number;
  trainAccuracy: number;
  trainLoss: number;
  validLoss: number | null;
  validAccuracy: number | null;
  confusion: number[][] | null;
  isBest: boolean;
}

/** A validation face, as drawn on the page. */
export interface Face {
  label: number;
  image: ImageData;
}

/** Outputs of the network for the faces after a step. */
export interface Probe {
  step: number;
  /** [faces, classes] */
  probabilities: Float32Array;
  /** [faces, 2], rotated to match the previous probe as closely as possible */
  positions: Float32Array;
  /** [classes, 2]; null without learned centers */
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
  /** a few of each class */
  faces: Face[];
}

/** Weights, gradients and dead channels of all layers. */
export interface LayerStats {
  /** the step after which the weights were read */
  step: number;
  /** the step whose gradients are shown, counted like `step`; null before the first one */
  gradientStep: number | null;
  /** number of images on which the activations were computed */
  images: number;
  layers: LayerRow[];
}

export interface LayerRow {
  /** path of the layer or block, such as `features.5` */
  name: string;
  weights: Spread;
  /** null if it is frozen, or before the first step */
  gradients: Spread | null;
  /** channels after activations, and those that are 0 on all images; null without such an activation */
  channels: { count: number; dead: number } | null;
}

/** The distribution of values: a histogram from -reach to reach, and key figures. */
export interface Spread {
  /** number of finite values */
  count: number;
  notFinite: number;
  mean: number;
  deviation: number;
  low: number;
  high: number;
  reach: number;
  bins: number[];
}
