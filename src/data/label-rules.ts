// Rules that convert the ten votes of FER+ to a label, shared by Node and the web app.

import { checkValue, finite, oneOf } from '../gpu/check-options.ts';
import { EXPRESSION_NAMES } from './expressions.ts';

/** The vote columns of FER+, in order. */
export const FERPLUS_VOTES = [
  'neutral',
  'happiness',
  'surprise',
  'sadness',
  'anger',
  'disgust',
  'fear',
  'contempt',
  'unknown',
  'NF',
] as const;

/** The index in `EXPRESSION_NAMES` of each of the first eight columns; the last two columns are not expressions. */
const CLASS_OF_COLUMN = [6, 3, 0, 4, 5, 2, 1, 7] as const;

/**
 * Rules that convert votes to a label.
 * - `majority`: Microsoft's rule. Single votes are dropped as outliers; the image is kept if one expression has more than
 *   half of the remaining votes.
 * - `argmax`: the column with the most votes; the first if several tie.
 * - `distribution`: the images and labels of `argmax`, with the fraction of votes per expression as the soft target.
 *
 * All rules exclude images whose label would be "unknown" or "NF" (no face).
 */
export const LABEL_RULES = ['majority', 'argmax', 'distribution'] as const;
/** A name of `LABEL_RULES`. */
export type LabelRule = (typeof LABEL_RULES)[number];

/**
 * Returns the class of an image from its votes: an index into `EXPRESSION_NAMES`, or null if the rule excludes the image.
 * Source: Barsoum et al., "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
 * Distribution", ICMI 2016, and `ferplus.py` of its code.
 *
 * @param votes one count for each of `FERPLUS_VOTES`
 * @throws RangeError when the number of counts is wrong
 */
export function labelFromVotes(votes: ArrayLike<number>, rule: LabelRule): number | null {
  requireVotes(votes);
  checkValue('labelFromVotes', 'rule', rule, (v) => oneOf(v, LABEL_RULES));
  const counts = Array.from(votes, (count) => (rule === 'majority' && count <= 1 ? 0 : count));
  const most = Math.max(...counts);
  const sum = counts.reduce((total, count) => total + count, 0);
  if (most === 0 || (rule === 'majority' && most <= sum / 2)) return null;
  return CLASS_OF_COLUMN[counts.indexOf(most)] ?? null;
}

/**
 * Returns the fraction of each of `EXPRESSION_NAMES` in the votes for expressions: eight numbers whose sum is 1.
 * @throws RangeError when the number of counts is wrong, or there is no vote for an expression
 */
export function distributionFromVotes(votes: ArrayLike<number>): Float32Array {
  requireVotes(votes);
  const shares = new Float32Array(EXPRESSION_NAMES.length);
  let sum = 0;
  for (const column of CLASS_OF_COLUMN.keys()) sum += votes[column] as number;
  if (sum === 0) throw new RangeError('distributionFromVotes: votes: no vote is for an expression');
  for (const [column, label] of CLASS_OF_COLUMN.entries()) shares[label] = (votes[column] as number) / sum;
  return shares;
}

function requireVotes(votes: ArrayLike<number>): void {
  const { length } = votes ?? [];
  if (length !== FERPLUS_VOTES.length) {
    throw new RangeError(`FER+: got ${length} vote counts, expected ${FERPLUS_VOTES.length}`);
  }
  Array.from(votes).forEach((count, i) => {
    checkValue('FER+', `votes for ${FERPLUS_VOTES[i]}`, count, (v) => finite(v, 0));
  });
}
