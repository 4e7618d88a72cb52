// Formats numbers and times in the same way on all pages.

const grouped = new Intl.NumberFormat('en-US'); // creating one is slow, so it is shared
export const count = (value: number): string => grouped.format(value);

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export function bytes(value: number): [string, string] {
  if (value < 1e3) return [value.toFixed(0), 'B'];
  if (value < 1e6) return [(value / 1e3).toFixed(0), 'kB'];
  if (value < 1e9) return [(value / 1e6).toFixed(0), 'MB'];
  return [(value / 1e9).toFixed(2), 'GB'];
}

/** Minutes and seconds, with hours if there are any. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** A number with an exponent, such as `9e-6`. */
export const power = (value: number, digits: number): string =>
  value.toExponential(digits).replace('e+', 'e');

/** Three significant digits; with an exponent below 1e-6 and from 1e6, so that the text stays short. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-6 || size >= 1e6) return power(value, 2);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
  return digits === 0 ? count(Math.round(value)) : value.toFixed(Math.min(digits, 6));
}
