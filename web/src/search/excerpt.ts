import { normalize } from './terms.ts';

export interface Piece {
  text: string;
  isFound: boolean;
}

const BEFORE = 50;
const LENGTH = 170;

/**
 * Returns an excerpt around the first match, cut at word boundaries, with all matches marked.
 * @param found matching words as the index normalizes them
 */
export function excerpt(text: string, found: readonly string[]): Piece[] {
  const first = wordsOf(text).find(({ word }) => isFound(word, found))?.at ?? 0;
  const start = first <= BEFORE ? 0 : text.indexOf(' ', first - BEFORE) + 1;
  const end = text.length - start <= LENGTH ? text.length : text.lastIndexOf(' ', start + LENGTH);
  const shown = text.slice(start, end > start ? end : start + LENGTH);
  const pieces: Piece[] = start > 0 ? [{ text: '… ', isFound: false }] : [];
  pieces.push(...markFound(shown, found));
  if (start + shown.length < text.length) pieces.push({ text: ' …', isFound: false });
  return pieces;
}

/** Splits text into the matches and the parts between them. */
export function markFound(text: string, found: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const { word, at } of wordsOf(text)) {
    if (!isFound(word, found)) continue;
    if (at > done) pieces.push({ text: text.slice(done, at), isFound: false });
    pieces.push({ text: word, isFound: true });
    done = at + word.length;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), isFound: false });
  return pieces;
}

const wordsOf = (text: string) =>
  [...text.matchAll(/[\p{L}\p{N}_]+/gu)].map((match) => ({ word: match[0], at: match.index }));
const isFound = (word: string, found: readonly string[]) => found.includes(normalize(word));
