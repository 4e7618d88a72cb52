import { describeValue } from './describe-value.ts';

/** Checks the value of one option: returns what was expected if the value is wrong, else undefined. */
export type Rule = (value: unknown) => string | undefined;

// Bundlers keep a top-level spread even when nothing uses it. A table that spreads another is therefore returned
// by a function that is called with the annotation @__PURE__.

/** A rule for every option of T. */
export type OptionRules<T> = { readonly [K in keyof T]-?: Rule };

/** Names that other libraries use for an option; only for suggestions. */
const SYNONYMS: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  rate: 'learningRate',
  size: 'side',
  imagesize: 'side',
  inputsize: 'side',
  inputside: 'side',
  kernel: 'kernelSize',
  epsilon: 'eps',
  numclasses: 'classes',
  axis: 'dim',
  decay: 'weightDecay',
  beta1: 'betas',
};

/**
 * Checks that all options of a function are known and valid. `undefined` selects the default; `required` options have no
 * default. Allocates no memory unless an option is wrong.
 * @throws Error for an unknown key, with the nearest known one, and for options that are not an object
 * @throws RangeError for an invalid value
 */
export function checkOptions<T extends object>(
  caller: string,
  options: T | undefined,
  rules: OptionRules<T>,
  required: readonly (keyof T & string)[] = [],
): void {
  if (options === undefined && required.length === 0) return;
  if (options === null || typeof options !== 'object' || isList(options)) {
    const advice = required.length > 0 ? `Required: ${required.join(', ')}.` : 'Omit it to use the defaults.';
    throw new Error(
      `${caller}: options: got ${describeValue(options)}, expected an object (known: ${keysOf(rules)}). ${advice}`,
    );
  }
  for (const key in options) {
    if (!Object.hasOwn(rules, key)) throw new Error(unknown(caller, key, Object.keys(rules)));
    const value = options[key];
    const expected = value === undefined ? undefined : rules[key](value);
    if (expected)
      throw new RangeError(`${caller}: ${key}: got ${describeValue(value)}, expected ${expected}`);
  }
  for (const key of required) {
    if (options[key] === undefined) {
      throw new Error(`${caller}: option "${key}" is missing (required: ${required.join(', ')}).`);
    }
  }
}

/** Checks a positional argument: throws the RangeError of `checkOptions` unless `value` satisfies `rule`. */
export function checkValue(caller: string, name: string, value: unknown, rule: Rule): void {
  const expected = rule(value);
  if (expected) throw new RangeError(`${caller}: ${name}: got ${describeValue(value)}, expected ${expected}`);
}

/** Checks counts (of channels, features, images), given by argument name: each must be an integer of at least 1. */
export function checkCounts(caller: string, counts: Readonly<Record<string, unknown>>): void {
  for (const name in counts) checkValue(caller, name, counts[name], (v) => integer(v, 1));
}

/** Arrays, promises and tensors are objects, but never options. */
const isList = (value: object) => Array.isArray(value) || 'then' in value || 'isTensor' in value;

const keysOf = (rules: object) => Object.keys(rules).join(', ') || 'none';

function unknown(caller: string, key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const advice = near ? ` Did you mean "${near}"?` : '';
  return `${caller}: unknown option "${key}" (known: ${known.join(', ') || 'none'}).${advice}`;
}

const plain = (name: string) => name.replace(/_/g, '').toLowerCase();

/** Returns the known name that the caller most likely meant, or undefined. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name);
  const synonym = SYNONYMS[wanted];
  if (synonym && known.includes(synonym)) return synonym;
  let best: string | undefined;
  let least = Math.max(1, wanted.length / 3);
  for (const one of known) {
    const other = plain(one);
    const isPart =
      Math.min(other.length, wanted.length) > 2 && (other.includes(wanted) || wanted.includes(other));
    const distance = isPart ? 0.5 : editDistance(wanted, other);
    if (distance <= least) {
      best = one;
      least = distance - 1e-9;
    }
  }
  return best;
}

/** Levenshtein distance: the number of letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(
        Math.min(
          (row[j] as number) + (letter === b[j] ? 0 : 1),
          (row[j + 1] as number) + 1,
          (next[j] as number) + 1,
        ),
      );
    }
    row = next;
  }
  return row[b.length] as number;
}

const isIntegerIn = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const bounds = (least: number, most: number) => (most < MOST ? `from ${least} to ${most}` : `>= ${least}`);

const MOST = Number.MAX_SAFE_INTEGER;

// Rules take the value as the first argument, so an object of such functions describes the options of a function.

/** An integer from `least` to `most`. */
export const integer = (value: unknown, least = 0, most = MOST) =>
  isIntegerIn(value, least, most) ? undefined : `an integer ${bounds(least, most)}`;

/** A finite number from `least` to `most`, which f32 can represent. */
export const finite = (value: unknown, least = -LARGEST, most = LARGEST) =>
  typeof value === 'number' && value >= least && value <= most
    ? undefined
    : expectedNumber(value, least, most);

function expectedNumber(value: unknown, least: number, most: number): string {
  if (Number.isFinite(value) && Math.abs(value as number) > LARGEST)
    return 'a number within the range of f32, at most 3.4e38';
  return `a number${least > -LARGEST ? ` ${bounds(least, most)}` : ''}`;
}

/** The largest finite f32. */
export const LARGEST = 3.4028234663852886e38;

/** A finite number of at least 0. */
export const notNegative = (value: unknown) => finite(value, 0);

/** A number, which may be infinite or NaN. */
export const number = (value: unknown) => (typeof value === 'number' ? undefined : 'a number');

/** A finite number greater than 0. */
export const positive = (value: unknown) => {
  const expected = finite(value);
  return expected === 'a number' || (value as number) <= 0 ? 'a number above 0' : expected;
};

/** A number from 0 (inclusive) to 1 (exclusive). */
export const fraction = (value: unknown) =>
  finite(value, 0, 1) || value === 1 ? 'a number from 0 (inclusive) to 1 (exclusive)' : undefined;

/** An integer that seeds random numbers. */
export const seedRule = (value: unknown) =>
  Number.isSafeInteger(value) ? undefined : 'an integer below 2^53';

/** true or false. */
export const boolean = (value: unknown) => (typeof value === 'boolean' ? undefined : 'true or false');

/** A string. */
export const text = (value: unknown) => (typeof value === 'string' ? undefined : 'a string');

/** A function. */
export const callable = (value: unknown) => (typeof value === 'function' ? undefined : 'a function');

/** One of the known strings; the message suggests the nearest. */
export const oneOf = (value: unknown, known: readonly string[]) => {
  if (known.includes(value as string)) return undefined;
  const near = typeof value === 'string' ? nearest(value, known) : undefined;
  return `one of ${known.map((one) => `'${one}'`).join(', ')}${near ? `. Did you mean '${near}'?` : ''}`;
};

/** An integer of at least `least`, or two of them: [vertical, horizontal]. */
export const pairRule = (value: unknown, least: number) => {
  const list = Array.isArray(value) ? value : [value, value];
  return list.length === 2 && list.every((one) => isIntegerIn(one, least, MOST))
    ? undefined
    : `an integer >= ${least} or [vertical, horizontal]`;
};

/** Three finite numbers, one per color channel, each greater than `above`. */
export const triple = (value: unknown, above = -Infinity) =>
  Array.isArray(value) && value.length === 3 && value.every((one) => !finite(one) && one > above)
    ? undefined
    : `three numbers${above === 0 ? ' above 0' : ''}, one per channel`;

/** An object that has `member`, such as a tensor, a device or an abort signal. */
export const having = (value: unknown, member: string, what: string) =>
  typeof value === 'object' && value !== null && member in value ? undefined : what;

/** An object of named values. */
export const objectRule = (value: unknown) =>
  typeof value === 'object' && value !== null && !isList(value) ? undefined : 'an object';

/** A tensor. */
export const tensorRule = (value: unknown) => having(value, 'isTensor', 'a tensor');

/** Any value; the function itself checks it. */
export const anything = () => undefined;
