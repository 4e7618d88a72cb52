// The reader's answers and progress, stored only in this browser.
import { signal } from '@preact/signals';

const KEY = 'feathergrad-exercises';

interface Entry {
  /** the reader's code or number */
  code?: string;
  isSolved?: boolean;
  /** when it was solved first, in milliseconds since 1970 */
  at?: number;
}

const entries = signal<Readonly<Record<string, Entry>>>(read());

function read(): Record<string, Entry> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof found === 'object' && found !== null ? (found as Record<string, Entry>) : {};
  } catch {
    return {}; // storage is disabled or damaged: progress lasts until the page is closed
  }
}

export const entryOf = (slug: string, id: string): Entry => entries.value[`${slug}/${id}`] ?? {};

const solvedEntries = (slug: string): Entry[] =>
  Object.entries(entries.value)
    .filter(([key, { isSolved }]) => key.startsWith(`${slug}/`) && isSolved)
    .map(([, entry]) => entry);

/** Returns how many exercises of a lesson are solved. */
export const solvedIn = (slug: string): number => solvedEntries(slug).length;

/** Returns when the last exercise of a lesson was solved, or null if some are unsolved or the time is unknown. */
export function completedAt(slug: string, exercises: number): number | null {
  const solved = solvedEntries(slug);
  const last = Math.max(0, ...solved.map(({ at }) => at ?? 0));
  return solved.length >= exercises && last > 0 ? last : null;
}

export function remember(slug: string, id: string, change: Entry): void {
  const before = entryOf(slug, id);
  const at = change.isSolved && !before.isSolved ? { at: Date.now() } : {};
  entries.value = { ...entries.peek(), [`${slug}/${id}`]: { ...before, ...at, ...change } };
  store();
}

/** Deletes all answers and progress. */
export function forgetAll(): void {
  entries.value = {};
  store();
}

function store(): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries.peek()));
  } catch {
    // as above
  }
}
