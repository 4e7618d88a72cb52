import type { RefObject } from 'preact';
import type { Step } from './lesson.ts';
import { setUrlState } from './url-state.ts';

/** The steps beside the figure. A step's button sets the figure, and on narrow screens moves to it. */
export function Steps({ steps, figure }: { steps: readonly Step[]; figure: RefObject<HTMLElement | null> }) {
  const show = (set: NonNullable<Step['set']>) => {
    setUrlState(set);
    const node = figure.current;
    const top = node?.getBoundingClientRect().top ?? 0;
    if (top < 0 || top > innerHeight / 2) node?.scrollIntoView({ block: 'start' });
  };
  return (
    <ol class="steps" data-testid="steps-list">
      {steps.map(({ text, set }, i) => (
        <li key={text}>
          <p>{text}</p>
          {set && (
            <button type="button" class="button" onClick={() => show(set)}>
              Show it in the figure<span class="hidden-text">: step {i + 1}</span>
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
