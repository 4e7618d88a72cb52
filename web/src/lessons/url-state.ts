import { signal } from '@preact/signals';
import { place, replaceParams } from '../app/router.ts';

/** Values not yet written to the URL, since browsers limit changes to about ten per second. */
const draft = signal<{ path: string; params: URLSearchParams } | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;
const DELAY = 150; // ms

/** Sets several values of the current page's state at once; `null` restores the initial value. */
export function setUrlState(values: Readonly<Record<string, string | null>>): void {
  write(place.peek().path, values);
}

/** Returns the current values, including those not yet written to the URL. */
export function urlState(): URLSearchParams {
  const { path, params } = place.value;
  return draft.value?.path === path ? draft.value.params : params;
}

function write(path: string, values: Readonly<Record<string, string | null>>): void {
  const current = draft.peek()?.path === path ? draft.peek()?.params : place.peek().params;
  const params = new URLSearchParams(current);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  draft.value = { path, params };
  clearTimeout(timer);
  timer = setTimeout(() => {
    const last = draft.peek();
    if (last) replaceParams(last.path, last.params);
    draft.value = null;
  }, DELAY);
}

/**
 * State in the URL, `#/lessons/<slug>?name=value`; the initial value is omitted. A number can be limited to [lowest,
 * highest], a string to allowed values; other values in the URL are ignored.
 */
export function useUrlState(
  name: string,
  initial: number,
  range?: readonly [number, number],
): [number, (value: number) => void];
export function useUrlState<T extends string>(
  name: string,
  initial: T,
  allowed: readonly T[],
): [T, (value: T) => void];
export function useUrlState(name: string, initial: string): [string, (value: string) => void];
export function useUrlState(
  name: string,
  initial: string | number,
  limits?: readonly (string | number)[],
): [string | number, (value: never) => void] {
  const { path } = place.value;
  const text = urlState().get(name);
  const value = text === null ? null : read(text, initial, limits);
  const set = (next: string | number) => write(path, { [name]: next === initial ? null : String(next) });
  return [value ?? initial, set];
}

function read(
  text: string,
  initial: string | number,
  limits: readonly (string | number)[] | undefined,
): string | number | null {
  if (typeof initial === 'string') return !limits || limits.includes(text) ? text : null;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return null;
  const [low, high] = (limits ?? [-Infinity, Infinity]) as [number, number];
  return Math.min(high, Math.max(low, value));
}
