import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';

/** What was worked out last, and why the newest attempt failed, if it did. */
export interface Latest<Out> {
  value: Out | null;
  trouble: string | null;
}

/**
 * Works out `compute()` whenever `key` changes. One computation at a time: what changes meanwhile, as under a
 * finger that drags, is worked out once, by the newest `compute`. The last value stays until the next is there.
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
