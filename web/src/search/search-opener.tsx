import { signal } from '@preact/signals';
import { Magnifier } from '../ui/icons.tsx';

/** Whether the search dialog is open. */
export const isSearchOpen = signal(false);

/** A button that looks like a search field and opens the search. */
export function SearchOpener() {
  return (
    <button
      type="button"
      class="search-opener"
      onClick={() => {
        isSearchOpen.value = true;
      }}
    >
      <Magnifier /> Search docs and lessons <kbd>/</kbd>
    </button>
  );
}
