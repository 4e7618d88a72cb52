// What the reports show, as plain JSON.

/** One pass over the training pictures. A number that was not measured is null. */
export interface ReportEpoch {
  /** counts from 1 */
  epoch: number;
  trainLoss: number;
  /** mean cross-entropy on the validation pictures */
  validLoss: number | null;
  /** mean of each part of the training loss, by name; empty if the loss has no parts */
  parts: Record<string, number>;
  trainAccuracy: number;
  validAccuracy: number | null;
  learningRate: number;
}

export interface ReportSample {
  /** the picture as a `data:image/...` URL */
  image: string;
  /** the same with something drawn over it, shown below */
  overlay?: string;
  truth: string;
  predicted: string;
  /** probability of the predicted class, 0 to 1 */
  probability: number;
}

/** Everything the page shows, as plain JSON. */
export interface TrainingReport {
  title: string;
  /** the command that repeats the run */
  command: string;
  config: Record<string, string | number | boolean>;
  /** the GPU in words */
  adapter: string;
  /** duration of the whole run */
  seconds: number;
  /** training speed */
  picturesPerSecond: number;
  epochs: ReportEpoch[];
  /** the epoch whose weights were kept, counted from 1 */
  bestEpoch: number;
  classNames: string[];
  /** counts of the kept weights: rows are the truth; all zero where nothing was measured */
  confusion: number[][];
  /** the pictures that were counted; `validation` when left out */
  confusionOf?: 'validation' | 'training';
  /** of those pictures the first of each class, right or wrong */
  samples: ReportSample[];
  /** of those that were taken for something else, the surest */
  mistakes?: ReportSample[];
  parameters: number;
  /** multiply-accumulates for one picture */
  macs: number;
}
