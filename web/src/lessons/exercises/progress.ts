// The reader's code and progress, stored only in this browser.
import { signal } from '@preact/signals';

const KEY = 'feathergrad-exercises';

interface Entry {
  code?: string;
  isSolved?: boolean;
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

/** Returns how many exercises of a lesson are solved. */
export const solvedIn = (slug: string): number =>
  Object.entries(entries.value).filter(([key, { isSolved }]) => key.startsWith(`${slug}/`) && isSolved)
    .length;

export function remember(slug: string, id: string, change: Entry): void {
  entries.value = { ...entries.peek(), [`${slug}/${id}`]: { ...entryOf(slug, id), ...change } };
  try {
    localStorage.setItem(KEY, JSON.stringify(entries.peek()));
  } catch {
    // as above
  }
}
