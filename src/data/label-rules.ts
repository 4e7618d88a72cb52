// From the ten votes of FER+ to a label, where it runs: a page or Node.

import { checkValue, finite, oneOf } from '../gpu/check-options.ts';
import { EXPRESSION_NAMES } from './expressions.ts';

/** What a picture's votes may go to in FER+, in the order of its columns. */
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

/** The class in `EXPRESSION_NAMES` of each of the first eight columns; the last two are no expression. */
const CLASS_OF_COLUMN = [6, 3, 0, 4, 5, 2, 1, 7] as const;

/**
 * How votes become a label.
 * - `majority`: Microsoft's rule. Single votes are dropped as outliers; the picture is kept where one expression
 *   has more than half of what is left.
 * - `argmax`: the column with the most votes, the first of those that tie.
 * - `distribution`: the pictures and labels of `argmax`, and the share of votes of each expression as soft target.
 *
 * A picture whose label would be "unknown" or "NF" (no face) is left out by each.
 */
export const LABEL_RULES = ['majority', 'argmax', 'distribution'] as const;
/** A name of `LABEL_RULES`. */
export type LabelRule = (typeof LABEL_RULES)[number];

/**
 * The class of a picture by its votes: an index into `EXPRESSION_NAMES`, or null where the rule leaves the picture out.
 * Source: Barsoum et al., "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
 * Distribution", ICMI 2016, and `ferplus.py` of its code.
 *
 * @param votes one count for each of `FERPLUS_VOTES`
 * @throws RangeError for another number of counts
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
 * The share of each of `EXPRESSION_NAMES` in the votes for an expression: eight numbers whose sum is 1.
 * @throws RangeError for another number of counts, or no vote for an expression
 */
export function distributionFromVotes(votes: ArrayLike<number>): Float32Array {
  requireVotes(votes);
  const shares = new Float32Array(EXPRESSION_NAMES.length);
  let sum = 0;
  for (const column of CLASS_OF_COLUMN.keys()) sum += votes[column] as number;
  if (sum === 0) throw new RangeError('distributionFromVotes: no vote is for an expression');
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
