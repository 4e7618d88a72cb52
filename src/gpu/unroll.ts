/**
 * Unrolls the loops of a kernel whose bounds are known when its pipeline is created:
 *
 *   for (var k = 0u; k < KERNEL; k++) { sum[k] += x[k]; }      with const KERNEL = 3u
 *
 * becomes three blocks with 0u, 1u and 2u for k. Drivers that do not unroll keep arrays indexed by a loop in memory instead
 * of registers, and execute the jumps: a depthwise convolution took twice as long. The .wgsl file stays short and valid.
 */

/**
 * Loops with more iterations, or with more text after unrolling, stay loops, because more code takes longer to compile.
 */
const MOST_ITERATIONS = 16;
const MOST_TEXT = 60_000;

const LOOP =
  /\bfor\s*\(\s*var\s+(\w+)\s*=\s*([^;]+);\s*\1\s*<\s*([^;]+);\s*\1\s*(?:\+\+|\+=\s*([^;)]+?))\s*\)\s*\{/g;
const CONSTANT = /\b(?:const|override)\s+(\w+)\s*(?::\s*(\w+)\s*)?=\s*([^;]+);/g;

/** The suffix of an integer literal, by type. */
type Suffix = 'u' | 'i';

interface Known {
  constants: ReadonlyMap<string, number>;
  /** the types of the constants */
  suffixes: ReadonlyMap<string, Suffix>;
}

export function unroll(source: string, overrides: Record<string, number> = {}): string {
  const constants = new Map(Object.entries(overrides));
  const suffixes = new Map<string, Suffix>();
  const text = source.replace(/\/\/[^\n]*/g, '');
  for (const [, name, type, value] of text.matchAll(CONSTANT) as Iterable<
    [string, string, string | undefined, string]
  >) {
    suffixes.set(name, type === undefined ? suffixOf(value, suffixes) : type === 'u32' ? 'u' : 'i');
    const number = constants.has(name) ? null : evaluate(value, constants);
    if (number !== null) constants.set(name, number);
  }
  return unrollLoops(text, { constants, suffixes });
}

/**
 * Returns the suffix for the type of an expression: u32 if any part is u32, otherwise i32, the default for integers.
 */
function suffixOf(expression: string, suffixes: ReadonlyMap<string, Suffix>): Suffix {
  const words = expression.match(/\w+/g) ?? [];
  return words.some((word) => /^\d+u$/.test(word) || suffixes.get(word) === 'u') ? 'u' : 'i';
}

function unrollLoops(text: string, known: Known): string {
  const { constants, suffixes } = known;
  let result = '';
  let done = 0;
  for (const match of text.matchAll(LOOP)) {
    if (match.index < done) continue; // inside a loop that is unrolled already
    const open = match.index + match[0].length - 1;
    const close = closingBrace(text, open);
    const body = text.slice(open + 1, close);
    const [, variable, ...bounds] = match as unknown as [string, string, string, string, string | undefined];
    const [first, end, step] = bounds.map((bound) => evaluate(bound ?? '1', constants));
    result += text.slice(done, match.index);
    const isKnown = isUnrollable(body, variable, first, end, step);
    let writtenOut = '';
    if (isKnown) {
      const place = new RegExp(`(?<![.\\w])${variable}\\b`, 'g');
      const suffix = suffixOf(bounds[0] as string, suffixes);
      for (let i = first as number; i < (end as number); i += step as number) {
        writtenOut += `{${unrollLoops(body.replace(place, `${i}${suffix}`), known)}}\n`;
      }
    }
    const isShort = isKnown && writtenOut.length <= MOST_TEXT;
    result += isShort ? writtenOut : `${match[0]}${unrollLoops(body, known)}}`;
    done = close + 1;
  }
  return result + text.slice(done);
}

function isUnrollable(
  body: string,
  variable: string,
  first?: number | null,
  end?: number | null,
  step?: number | null,
): boolean {
  if (typeof first !== 'number' || typeof end !== 'number' || !step) return false;
  // matches a loop that changes its variable, takes its address or declares another one of the same name
  const changes = `\\b${variable}\\s*(?:[-+*/%&|^]?=(?!=)|<<=|>>=|\\+\\+|--)|&\\s*${variable}\\b|\\b(?:let|var|const)\\s+${variable}\\b`;
  if (new RegExp(changes).test(body)) return false;
  return (end - first) / step <= MOST_ITERATIONS && !/\b(?:break|continue)\b/.test(body);
}

/** Returns the position of the brace that closes the one at `open`. */
export function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return i;
  }
  throw new Error('unroll: a loop has no closing brace');
}

/**
 * Evaluates an expression of integers, known names, + - * / %, min, max and parentheses; returns null for anything
 * else.
 */
export function evaluate(expression: string, names: ReadonlyMap<string, number>): number | null {
  const tokens = expression.match(/\d+[uif]?|\w+|\S/g) ?? [];
  let at = 0;
  const atom = (): number => {
    const token = tokens[at++] ?? '';
    if (token === '(') return closed(sum());
    if ((token === 'min' || token === 'max') && tokens[at++] === '(') {
      const a = sum();
      if (tokens[at++] !== ',') return Number.NaN;
      return closed(Math[token](a, sum()));
    }
    if (/^\d+[ui]?$/.test(token)) return Number.parseInt(token, 10);
    return names.get(token) ?? Number.NaN;
  };
  const closed = (value: number) => (tokens[at++] === ')' ? value : Number.NaN);
  const product = (): number => {
    let value = atom();
    while (/^[*/%]$/.test(tokens[at] ?? '')) {
      const operator = tokens[at++];
      const right = atom();
      if (operator === '*') value *= right;
      else value = operator === '/' ? Math.trunc(value / right) : value % right;
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-') value += tokens[at++] === '+' ? product() : -product();
    return value;
  };
  const value = sum();
  return at === tokens.length && Number.isInteger(value) ? value : null;
}
