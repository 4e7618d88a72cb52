import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';

/** The last result, and the error of the newest attempt if it failed. */
export interface Latest<Out> {
  value: Out | null;
  trouble: string | null;
}

/**
 * Runs `compute()` whenever `key` changes, one computation at a time. If `key` changes during a computation, for
 * example while dragging, one more computation follows, with the newest `compute`. The last value is kept until the
 * next one is ready.
 */
export function useLatest<Out>(key: string, compute: () => Promise<Out>): Latest<Out> {
  const [latest, setLatest] = useState<Latest<Out>>({ value: null, trouble: null });
  const state = useRef({ compute, wanted: key, done: null as string | null, runs: false, gone: false });
  state.current.compute = compute;
  state.current.wanted = key;
  useEffect(() => {
    const now = state.current;
    if (now.runs) return;
    now.runs = true;
    void (async () => {
      while (!now.gone && now.done !== now.wanted) {
        now.done = now.wanted;
        try {
          const value = await now.compute();
          if (!now.gone) setLatest({ value, trouble: null });
        } catch (error) {
          if (!now.gone) setLatest((before) => ({ ...before, trouble: messageOf(error) }));
        }
      }
      now.runs = false;
    })();
  }, [key]);
  useEffect(() => {
    const now = state.current;
    now.gone = false;
    return () => {
      now.gone = true;
    };
  }, []);
  return latest;
}
