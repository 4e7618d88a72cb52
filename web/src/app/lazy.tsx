import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../lib/errors.ts';
import { Notice } from '../ui/pieces.tsx';

/** A page whose code is loaded when it is first shown, so that no page loads another page's workers. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let View: ComponentType | null = null;
  return function Lazy() {
    const [, setLoaded] = useState(View !== null);
    const [problem, setProblem] = useState<string | null>(null);
    useEffect(() => {
      if (View) return;
      load().then(
        (loaded) => {
          View = loaded;
          setLoaded(true);
        },
        (error) => setProblem(messageOf(error)),
      );
    }, []);
    if (View) return <View />;
    if (problem === null) return <p class="soft">Loading …</p>;
    return (
      <Notice title="This page could not be loaded" kind="bad">
        <p>{problem}</p>
        <button type="button" class="button" onClick={() => location.reload()}>
          Reload
        </button>
      </Notice>
    );
  };
}
