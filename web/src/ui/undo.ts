import { signal } from '@preact/signals';

export interface Undoable {
  id: number;
  text: string;
  undo: () => Promise<void> | void;
}

/** Milliseconds for which the offer to undo is shown. */
const SHOWN_FOR = 12_000;
/** Number of deletions that can be undone. */
const MOST = 50;

/** deletions of this visit that can be undone, the latest last */
export const undoable = signal<readonly Undoable[]>([]);
/** the deletion that is offered to be undone */
export const offered = signal<Undoable | null>(null);

let next = 1;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Offers to undo what has just been done. */
export function offerUndo(text: string, undo: Undoable['undo']): void {
  const entry = { id: next++, text, undo };
  undoable.value = [...undoable.peek(), entry].slice(-MOST);
  offered.value = entry;
  clearTimeout(timer);
  timer = setTimeout(hideOffer, SHOWN_FOR);
}

export function hideOffer(): void {
  offered.value = null;
}

/** Undoes the latest deletion. */
export async function undoLast(): Promise<void> {
  const entry = undoable.peek().at(-1);
  if (!entry) return;
  undoable.value = undoable.peek().slice(0, -1);
  offered.value = null;
  await entry.undo();
}
