import { useEffect, useMemo } from 'preact/hooks';

/** The result of `make`. It is made again when one of `keys` changes, and disposed on unmount. */
export function useOwned<T extends { dispose(): void }>(keys: readonly unknown[], make: () => T): T {
  const owned = useMemo(make, keys);
  useEffect(() => () => owned.dispose(), [owned]);
  return owned;
}
