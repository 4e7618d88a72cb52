import { useEffect, useMemo } from 'preact/hooks';

/** What `make` gives, made anew when one of `keys` changes and disposed of when it is no longer shown. */
export function useOwned<T extends { dispose(): void }>(keys: readonly unknown[], make: () => T): T {
  const owned = useMemo(make, keys);
  useEffect(() => () => owned.dispose(), [owned]);
  return owned;
}
