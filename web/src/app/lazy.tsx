import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { LoadProblem } from '../ui/load-problem.tsx';

/** A page whose code is loaded when it is first shown, so that no page loads another page's workers. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let View: ComponentType | null = null;
  return function Lazy() {
    const [, setLoaded] = useState(View !== null);
    const [problem, setProblem] = useState<{ error: unknown } | null>(null);
    const [attempt, setAttempt] = useState(0);
    useEffect(() => {
      if (View) return;
      let isGone = false;
      load().then(
        (loaded) => {
          View = loaded;
          if (!isGone) setLoaded(true);
        },
        (error: unknown) => isGone || setProblem({ error }),
      );
      return () => {
        isGone = true;
      };
    }, [attempt]);
    if (View) return <View />;
    if (problem === null) return <p class="soft">Loading …</p>;
    const retry = () => {
      setProblem(null);
      setAttempt(attempt + 1);
    };
    return <LoadProblem title="This page could not be loaded" error={problem.error} onRetry={retry} />;
  };
}
