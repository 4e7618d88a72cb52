// Protects work that is in progress: against files that are dropped beside a drop zone, which a browser would open in
// place of the app, and against leaving the page by mistake.
import { atWork } from './status.ts';

/** Installs the guards. Call it once. */
export function guardWork(): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragover', (event) => {
    if (event.defaultPrevented || !hasFiles(event)) return; // a drop zone accepts it
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'none';
  });
  addEventListener('drop', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('beforeunload', (event) => {
    if (atWork.peek() !== null) event.preventDefault(); // the browser asks
  });
}
