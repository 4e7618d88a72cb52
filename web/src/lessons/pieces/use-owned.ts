import { useEffect, useMemo } from 'preact/hooks';

/**
 * Returns the result of `make`, which is called again when one of `keys` changes. The result is disposed on unmount.
 */
export function useOwned<T extends { dispose(): void }>(keys: readonly unknown[], make: () => T): T {
  const owned = useMemo(make, keys);
  useEffect(() => () => owned.dispose(), [owned]);
  return owned;
}
