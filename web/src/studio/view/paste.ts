import { signal } from '@preact/signals';
import { addFiles } from '../shots.ts';
import { project } from '../store.ts';

/** the class that receives pasted pictures: the one that was used last */
export const activeClass = signal<string | null>(null);

/** Adds pasted pictures to the active class, unless a text field has the focus. Returns a function that ends it. */
export function listenForPaste(): () => void {
  const paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    const { classes } = project.peek();
    const target = classes.find(({ id }) => id === activeClass.peek()) ?? classes[0];
    if (!target) return;
    event.preventDefault();
    void addFiles(target.id, files);
  };
  document.addEventListener('paste', paste);
  return () => document.removeEventListener('paste', paste);
}
