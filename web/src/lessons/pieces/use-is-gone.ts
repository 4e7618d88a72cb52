import { useEffect, useRef } from 'preact/hooks';

/** Returns a reference that is true after the component was removed, so that work that still runs can stop. */
export function useIsGone(): { readonly current: boolean } {
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  return isGone;
}
