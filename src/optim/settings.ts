/** A value of `TypedSettings`: plain JSON. */
export type SettingsValue =
  | string
  | number
  | boolean
  | null
  | readonly SettingsValue[]
  | { readonly [name: string]: SettingsValue };

/**
 * What makes an optimizer or a schedule what it is, as plain JSON. A checkpoint stores it, and a run whose settings
 * differ is refused. `type` is a literal, so that minified builds and other languages of messages give the same
 * settings; `version` grows when the meaning of a name changes.
 */
export interface TypedSettings {
  readonly type: string;
  readonly version: number;
  readonly [name: string]: SettingsValue;
}

/**
 * Returns `value` when it is a number of the range.
 * @param min least value allowed
 * @param below values from here on are refused (default: every finite number is allowed)
 * @throws Error that names the option, the value and the range
 */
export function inRange(name: string, value: number, min: number, below = Number.POSITIVE_INFINITY): number {
  if (typeof value === 'number' && value >= min && value < below) return value;
  const range = below === Number.POSITIVE_INFINITY ? 'a finite number of' : 'a number of';
  const end = below === Number.POSITIVE_INFINITY ? '' : ` and below ${below}`;
  throw new Error(`${name} is out of range (got ${String(value)}, expected ${range} at least ${min}${end})`);
}

/** The same for a finite number above 0. */
export function aboveZero(name: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new Error(`${name} is out of range (got ${String(value)}, expected a finite number above 0)`);
}

/** The same for an integer. */
export function wholeFrom(name: string, value: number, min: number): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new Error(`${name} is out of range (got ${String(value)}, expected an integer of at least ${min})`);
}
