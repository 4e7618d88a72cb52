import type { Texts } from '../text/en.ts';
import { fill, type Language } from '../text/fill.ts';

type Key = keyof Texts['controls']['results'];

/** The text of a result: one of the catalog's, with its values, or a text of an English lesson. */
export type Said = string | { key: Key; values?: Readonly<Record<string, string | number>> };

/** Returns a result's text in a language, with numbers of five significant digits. */
export function said(what: Said, { results }: Texts['controls'], language: Language): string {
  if (typeof what === 'string') return what;
  const values = Object.entries(what.values ?? {}).map(
    ([name, value]) => [name, typeof value === 'number' ? digits(value, language) : value] as const,
  );
  return fill(results[what.key], Object.fromEntries(values), language);
}

/** Formats a number with five significant digits and a true minus sign. */
export function digits(value: number, language: Language = 'en'): string {
  if (!Number.isFinite(value)) return String(value).replace('-', '−');
  const text = String(Number(value.toPrecision(5))).replace('-', '−');
  return language === 'de' ? text.replace('.', ',') : text;
}
