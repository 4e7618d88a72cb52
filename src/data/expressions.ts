/** The eight expressions in the order of the paper's network; RAF-DB has the first seven. */
export const EXPRESSION_NAMES = [
  'Surprise',
  'Fear',
  'Disgust',
  'Happy',
  'Sadness',
  'Anger',
  'Neutral',
  'Contempt',
] as const;

/** One of the eight expressions. */
export type ExpressionName = (typeof EXPRESSION_NAMES)[number];
