// Turns text into search terms: splits names at capitals and hyphens and treats British and American spelling as equal.

const SPELLINGS: readonly [RegExp, string][] = [
  [/centre/g, 'center'],
  [/colour/g, 'color'],
  [/neighbour/g, 'neighbor'],
  [/behaviour/g, 'behavior'],
  [/(optim|normal|initial|regular|quant)is(e|ing|ation|er|ed)/g, '$1iz$2'],
];

/** Returns a word in lower case and American spelling. */
export function normalize(word: string): string {
  return SPELLINGS.reduce((text, [british, american]) => text.replace(british, american), word.toLowerCase());
}

/**
 * Splits text into words. A name in camel or snake case or with hyphens yields the whole name, its parts, and the parts
 * without separators: `hard-swish` is found by "hard-swish", "hard swish" and "hardswish".
 */
export function tokenize(text: string): string[] {
  return (text.match(/[\p{L}\p{N}_]+(?:-[\p{L}\p{N}_]+)*/gu) ?? []).flatMap((word) => {
    const parts = partsOf(word);
    return parts.length > 1
      ? [...new Set([word, parts.join(''), ...parts.filter((part) => part.length > 1)])]
      : [word];
  });
}

/** Splits a query into words: the parts of a name with hyphens are separate, and other names stay whole. */
export function tokenizeQuery(query: string): string[] {
  return query.match(/[\p{L}\p{N}_]+/gu) ?? [];
}

const partsOf = (word: string): string[] =>
  word
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .split(/[ _-]+/)
    .filter((part) => part !== '');
