/** A language that has a catalog. */
export type Language = 'en' | 'de';

/** Replaces `{name}` by the value, with numbers formatted for the language. */
export function fill(
  text: string,
  values: Readonly<Record<string, string | number>>,
  language: Language,
): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;
  });
}
