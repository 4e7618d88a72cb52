import { EXPRESSION_NAMES, type ExpressionName } from './expressions.ts';

/** Other names of the expressions in FER+, FER-2013, RAF-DB, AffectNet and common folders. */
const OTHER_NAMES: ReadonlyMap<string, ExpressionName> = new Map<string, ExpressionName>([
  ['surprised', 'Surprise'],
  ['fearful', 'Fear'],
  ['afraid', 'Fear'],
  ['scared', 'Fear'],
  ['disgusted', 'Disgust'],
  ['happiness', 'Happy'],
  ['joy', 'Happy'],
  ['sad', 'Sadness'],
  ['angry', 'Anger'],
  ['neutrality', 'Neutral'],
]);

/**
 * Returns for each of `names` the index of the same class in `classes`: an equal name, else one that differs only in
 * case, else another name of the same expression (sad and Sadness). -1 if there is none.
 */
export function matchClassNames(names: readonly string[], classes: readonly string[]): number[] {
  const lower = classes.map((name) => name.toLowerCase());
  const expressions = classes.map(expressionOf);
  return names.map((name) => {
    const exact = classes.indexOf(name);
    if (exact >= 0) return exact;
    const alike = lower.indexOf(name.toLowerCase());
    if (alike >= 0) return alike;
    const expression = expressionOf(name);
    return expression === undefined ? -1 : expressions.indexOf(expression);
  });
}

function expressionOf(name: string): string | undefined {
  const key = name.toLowerCase();
  return EXPRESSION_NAMES.find((known) => known.toLowerCase() === key) ?? OTHER_NAMES.get(key);
}
