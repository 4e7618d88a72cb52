// How text becomes words that can be found: names split at their capitals, British and American spelling alike.

const SPELLINGS: readonly [RegExp, string][] = [
  [/center/g, 'center'],
  [/color/g, 'color'],
  [/neighbor/g, 'neighbor'],
  [/behavior/g, 'behavior'],
  [/(optim|normal|initial|regular|quant)is(e|ing|ation|er|ed)/g, '$1iz$2'],
];

/** One spelling for a word. */
export function normalize(word: string): string {
  return SPELLINGS.reduce((text, [british, american]) => text.replace(british, american), word.toLowerCase());
}

/** Words of a text. A name in camel or snake case counts as a whole and by its parts. */
export function tokenize(text: string): string[] {
  return (text.match(/[\p{L}\p{N}_]+/gu) ?? []).flatMap((word) => {
    const parts = word.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').split(/[ _]+/);
    return parts.length > 1 ? [word, ...parts.filter((part) => part.length > 1)] : [word];
  });
}
