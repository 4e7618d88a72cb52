import { percent, short } from '../../lib/format.ts';
import { GUESSING, type Point } from './training.ts';

export type Kind = 'diverged' | 'underfitting' | 'overfitting' | 'fitting';

/** The point with the smallest validation loss: where early stopping would have stopped. */
export const bestOf = (points: readonly Point[]): Point =>
  points.reduce((best, one) => (one.validationLoss < best.validationLoss ? one : best));

const highest = (points: readonly Point[]): number => Math.max(...points.map((one) => one.trainLoss));

/** Names what the curves show. */
export function kindOf(points: readonly Point[]): Kind {
  const last = points.at(-1) as Point;
  if (!(highest(points) <= 2 * GUESSING)) return 'diverged'; // also for NaN
  if (last.trainLoss > GUESSING / 2) return 'underfitting';
  return last.validationLoss > 1.1 * bestOf(points).validationLoss || last.validationLoss > 0.75 * GUESSING
    ? 'overfitting'
    : 'fitting';
}

/** Says what the curves show, with their numbers, and what to change. */
export function verdictOf(points: readonly Point[]): string {
  const last = points.at(-1) as Point;
  const best = bestOf(points);
  const ends = `After ${last.step} steps the training loss is ${short(last.trainLoss)} and the validation loss ${short(last.validationLoss)}; the network recognizes ${percent(last.trainAccuracy)} of the training pictures and ${percent(last.validationAccuracy)} of the validation pictures.`;
  switch (kindOf(points)) {
    case 'diverged':
      return `Too fast: the training loss rose to ${short(highest(points))}, far above a guess. The learning rate is so large that the steps jump over the minimum. Choose a smaller one.`;
    case 'underfitting':
      return `Underfitting: the network has not even learned its training pictures. ${ends} Try a larger learning rate or less weight decay.`;
    case 'overfitting':
      return `Overfitting: the network knows its training pictures much better than new ones. ${ends} The validation loss was smallest at step ${best.step}, with ${short(best.validationLoss)}. Try more pictures or more weight decay.`;
    case 'fitting':
      return `Fitting: what the network learned also helps with new pictures. ${ends}`;
  }
}
