// Small helpers to write Markdown that GitHub and the web app show alike.

/**
 * Keeps `*`, `<` and `_` of running text as they are; what stands in backticks stays.
 * @param {string} text
 */
export function escapeProse(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((piece, i) => (i % 2 === 1 ? piece : piece.replace(/[*<]|(?<!\w)_|_(?!\w)/g, '\\$&')))
    .join('');
}

/** Anchors of headings as GitHub makes them: a name that comes again gets a number. */
export class Slugger {
  /** @type {Map<string, number>} */
  #seen = new Map();

  /** @param {string} heading */
  slug(heading) {
    const plain = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = this.#seen.get(plain) ?? 0;
    this.#seen.set(plain, times + 1);
    return times === 0 ? plain : `${plain}-${times}`;
  }
}
