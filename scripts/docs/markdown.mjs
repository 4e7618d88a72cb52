// Helpers for Markdown that GitHub and the web app render in the same way.

/**
 * Escapes `*`, `<` and `_` outside of backticks.
 * @param {string} text
 */
export function escapeProse(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((piece, i) => (i % 2 === 1 ? piece : piece.replace(/[*<]|(?<!\w)_|_(?!\w)/g, '\\$&')))
    .join('');
}

/** Creates the same anchors for headings as GitHub: a repeated name gets a number. */
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
