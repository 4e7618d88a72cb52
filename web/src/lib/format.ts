/** Numbers and times in words, alike on every page. */
const grouped = new Intl.NumberFormat('en-GB'); // to make one costs more than to use it
export const count = (value: number): string => grouped.format(value);

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export function bytes(value: number): [string, string] {
  if (value < 1e6) return [(value / 1e3).toFixed(0), 'kB'];
  if (value < 1e9) return [(value / 1e6).toFixed(0), 'MB'];
  return [(value / 1e9).toFixed(2), 'GB'];
}

/** Minutes and seconds; hours where there are some. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** Three significant digits without an exponent. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return digits === 0 ? count(Math.round(value)) : value.toFixed(Math.min(digits, 6));
}
