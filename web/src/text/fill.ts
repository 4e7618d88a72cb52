/** A language that has a catalog. */
export type Language = 'en' | 'de';

const formats = new Map<string, Intl.NumberFormat>();

/** Returns the number format of a language. Creating one takes longer than using it, so they are shared. */
export function numbersIn(language: Language, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  const known = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, known);
  return known;
}

/**
 * Returns a share as a percentage, with a space before the sign as on all pages.
 * @param digits most digits after the decimal point
 */
export const percentIn = (language: Language, share: number, digits: number): string =>
  `${numbersIn(language, { maximumFractionDigits: digits }).format(100 * share)} %`;

/** Replaces `{name}` by the value, with numbers formatted for the language. */
export function fill(
  text: string,
  values: Readonly<Record<string, string | number>>,
  language: Language,
): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? numbersIn(language).format(value) : value;
  });
}
