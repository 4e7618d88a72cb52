// Types of the data in the reports, as plain JSON.

/** The metrics of one epoch. A number that was not measured is null. */
export interface ReportEpoch {
  /** counts from 1 */
  epoch: number;
  trainLoss: number;
  /** mean cross-entropy on the validation images */
  validLoss: number | null;
  /** mean of each part of the training loss, by name; empty if the loss has no parts */
  parts: Record<string, number>;
  trainAccuracy: number;
  validAccuracy: number | null;
  learningRate: number;
}

export interface ReportSample {
  /** the image as a `data:image/...` URL */
  image: string;
  /** the same image with an overlay, shown below it */
  overlay?: string;
  truth: string;
  predicted: string;
  /** probability of the predicted class, 0 to 1 */
  probability: number;
}

/** The content of the training report. */
export interface TrainingReport {
  title: string;
  /** the command line that repeats the run */
  command: string;
  config: Record<string, string | number | boolean>;
  /** description of the GPU */
  adapter: string;
  /** duration of the run in seconds */
  seconds: number;
  /** training speed */
  imagesPerSecond: number;
  epochs: ReportEpoch[];
  /** epoch of the kept weights, counted from 1 */
  bestEpoch: number;
  classNames: string[];
  /** confusion matrix of the kept weights as counts, rows are true classes; all zero if nothing was measured */
  confusion: number[][];
  /** the images it was measured on (default `validation`) */
  confusionOf?: 'validation' | 'training';
  /** the first images of each class, correct or not */
  samples: ReportSample[];
  /** the most confident mistakes */
  mistakes?: ReportSample[];
  /** warnings about the data and from the run, in chronological order (default none) */
  warnings?: readonly string[];
  parameters: number;
  /** multiply-accumulates per image */
  macs: number;
}
