// Turns text into search terms: splits names at capitals and treats British and American spelling as equal.

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

/** Splits text into words. A name in camel or snake case yields the whole name and its parts. */
export function tokenize(text: string): string[] {
  return (text.match(/[\p{L}\p{N}_]+/gu) ?? []).flatMap((word) => {
    const parts = word.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').split(/[ _]+/);
    return parts.length > 1 ? [word, ...parts.filter((part) => part.length > 1)] : [word];
  });
}
