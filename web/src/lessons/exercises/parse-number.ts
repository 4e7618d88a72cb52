/** Reads a number as people write it: a true minus sign, digits grouped with commas or spaces. Null if it is none. */
export function parseNumber(text: string): number | null {
  const plain = text
    .trim()
    .replaceAll('−', '-')
    .replaceAll(/[ \u00a0\u202f]/g, '');
  if (!/^[-+]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?(e[-+]?\d+)?$/i.test(plain) || !/\d/.test(plain)) return null;
  const value = Number(plain.replaceAll(',', ''));
  return Number.isFinite(value) ? value : null;
}
