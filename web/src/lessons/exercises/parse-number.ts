import type { Language } from '../../text/fill.ts';

/** Grouped whole numbers of each language; 0.944 is not one, so that a decimal point is understood in German too. */
const GROUPED: Record<Language, RegExp> = {
  en: /^([-+]?)(\d{1,3}(?:,\d{3})+)(?=\.|e|$)/i,
  de: /^([-+]?)([1-9]\d{0,2}(?:\.\d{3})+)(?=,|e|$)/i,
};

/**
 * Reads a number as people write it: a true minus sign, digits grouped with spaces or with the language's sign, and in
 * German a decimal comma or point. Null if it is none.
 */
export function parseNumber(text: string, language: Language = 'en'): number | null {
  const plain = text
    .trim()
    .replaceAll('−', '-')
    .replaceAll(/[ \u00a0\u202f]/g, '')
    .replace(GROUPED[language], (_, sign: string, digits: string) => sign + digits.replaceAll(/[.,]/g, ''));
  const point = language === 'de' ? plain.replace(',', '.') : plain;
  if (!/^[-+]?\d*(\.\d*)?(e[-+]?\d+)?$/i.test(point) || !/\d/.test(point.split(/e/i)[0] ?? '')) return null;
  const value = Number(point);
  return Number.isFinite(value) ? value : null;
}
