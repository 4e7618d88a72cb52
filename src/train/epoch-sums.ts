import type { StepMetrics } from './training-step.ts';

/** Sums over the images of the current epoch. */
export interface EpochSums {
  loss: number;
  /** sums of the parts of the loss, by name */
  parts: Record<string, number>;
  correct: number;
  /** number of images with a label */
  counted: number;
  pictures: number;
}

/** Returns the sums at the start of an epoch. */
export function noSums(): EpochSums {
  return { loss: 0, parts: {}, correct: 0, counted: 0, pictures: 0 };
}

/** Adds the metrics of a step with `batch` images. */
export function addTo(sums: EpochSums, { loss, parts, correct, counted }: StepMetrics, batch: number): void {
  sums.loss += loss * batch;
  // the loss of the run that wrote a checkpoint may name more parts; see `differences`
  for (const name of Object.keys(sums.parts)) if (!(name in parts)) delete sums.parts[name];
  for (const [name, value] of Object.entries(parts)) {
    sums.parts[name] = (sums.parts[name] ?? 0) + value * batch;
  }
  sums.correct += correct;
  sums.counted += counted;
  sums.pictures += batch;
}

/** Returns the metrics of the epoch so far. */
export function meansOf({ loss, parts, correct, counted, pictures }: EpochSums) {
  const means = Object.entries(parts).map(([name, value]) => [name, value / pictures] as const);
  return {
    trainLoss: loss / pictures,
    parts: Object.fromEntries(means),
    trainAccuracy: counted > 0 ? correct / counted : 0,
  };
}
