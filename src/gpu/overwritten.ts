import { endUse, type Recorded } from './resolver.ts';
import type { StorageView } from './storage.ts';

/**
 * Removes recorded dispatches that only fill exactly the range that the host overwrites next, unless something reads it
 * before. Thus the initial values of weights that are loaded are never computed.
 * @returns whether another dispatch uses the range, so that the list must be submitted first
 */
export function dropOverwritten(list: Recorded[], { storage, byteOffset, byteLength }: StorageView): boolean {
  for (let i = list.length - 1; i >= 0; i--) {
    const { views } = list[i] as Recorded;
    for (const { view } of views) {
      const start = view.byteOffset - byteOffset;
      if (view.storage !== storage || start >= byteLength || start + view.byteLength <= 0) continue;
      if (views.length > 1 || start !== 0 || view.byteLength !== byteLength) return true;
      list.splice(i, 1);
      endUse(storage);
    }
  }
  return false;
}
