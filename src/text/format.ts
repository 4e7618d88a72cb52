// Formats numbers for messages, the terminal and reports.

/**
 * Formats a share of 1 as a percentage: 0.863 is "86.3 %". "100 %" and "0 %" appear only if they are exact, so a single
 * mistake never disappears: 0.9999 is "99.9 %", 0.0001 is "<0.1 %". NaN is "–".
 * @param digits digits after the decimal point
 */
export function percent(share: number, digits = 1): string {
  if (Number.isNaN(share)) return '–';
  if (share === 0 || share === 1) return `${100 * share} %`;
  const unit = 10 ** -digits;
  const rounded = Number((100 * share).toFixed(digits));
  if (share < 1 && rounded >= 100) return `${(100 - unit).toFixed(digits)} %`;
  if (share > 0 && rounded === 0) return `<${unit.toFixed(digits)} %`;
  return `${(100 * share).toFixed(digits)} %`;
}

/**
 * Formats a number with thousands separators: 1,297,733. `digits` (default 0) are the digits after the decimal point.
 */
export function number(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** Formats a number in three significant digits: 217,000,000 is "217M". */
export function compact(value: number): string {
  return value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
}

/** Formats a rate such as images per second, with one decimal below 10. */
export function speed(value: number): string {
  return number(value, value < 10 ? 1 : 0);
}

/** Formats a file size: 2.64 MB (1 MB = 1,000,000 bytes). */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
}

/** Formats an amount of memory: 1,536 MiB (1 MiB = 1,048,576 bytes). */
export function mebibytes(bytes: number): string {
  const value = bytes / 2 ** 20;
  return `${value < 10 ? value.toFixed(1) : number(Math.round(value))} MiB`;
}

/** Formats seconds as a clock: 1:02:03, or 2:03 below an hour. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** Formats seconds in the two largest units that matter: "9.4 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 59.5) return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
