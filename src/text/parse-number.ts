const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Parses a decimal number such as 0.5 or 1e-3. Returns null for anything else: empty, hexadecimal, NaN, infinite,
 * 1e999.
 */
export function parseNumber(text: string): number | null {
  const trimmed = text.trim();
  const value = DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}
