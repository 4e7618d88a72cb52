// The reader's programs, stored only in this browser.
import { signal } from '@preact/signals';
import type { Program } from './examples.ts';

export interface SavedProgram extends Program {
  id: string;
  name: string;
}

const KEY = 'feathergrad-playground';
const DRAFT = 'feathergrad-playground-draft';

function read(): SavedProgram[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? (found as SavedProgram[]).filter(isProgram) : [];
  } catch {
    return []; // storage is disabled or damaged: programs last until the page is closed
  }
}

const isProgram = (one: unknown): one is SavedProgram => {
  const { id, name, code, wgsl } = (one ?? {}) as Record<string, unknown>;
  return [id, name, code, wgsl].every((text) => typeof text === 'string');
};

/** The saved programs, newest first. */
export const programs = signal<readonly SavedProgram[]>(read());

function write(list: readonly SavedProgram[]): void {
  programs.value = list;
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // as above
  }
}

/** Saves a program; one with the same name is replaced. */
export function saveProgram(name: string, { code, wgsl }: Program): void {
  const others = programs.peek().filter((one) => one.name !== name);
  write([{ id: crypto.randomUUID(), name, code, wgsl }, ...others]);
}

/** Renames a program unless another one has that name; returns whether it did. */
export function renameProgram(id: string, name: string): boolean {
  if (programs.peek().some((one) => one.name === name && one.id !== id)) return false;
  write(programs.peek().map((one) => (one.id === id ? { ...one, name } : one)));
  return true;
}

export const deleteProgram = (id: string): void => write(programs.peek().filter((one) => one.id !== id));

/** Keeps the text of the editor for the next visit. */
export function keepDraft({ code, wgsl }: Program): void {
  try {
    localStorage.setItem(DRAFT, JSON.stringify({ code, wgsl }));
  } catch {
    // as above
  }
}

export function draft(): Program | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(DRAFT) ?? 'null');
    return isProgram({ id: '', name: '', ...(found as object | null) }) ? (found as Program) : null;
  } catch {
    return null;
  }
}
