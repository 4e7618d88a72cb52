import type { RefObject } from 'preact';
import type { Step } from './lesson.ts';
import { setUrlState } from './url-state.ts';

/** The steps beside the figure. A step's button sets the figure, and on narrow screens moves to it. */
export function Steps(props: {
  steps: readonly Step[];
  figure: RefObject<HTMLElement | null>;
  /** text of the buttons */
  label: string;
}) {
  const { steps, figure, label } = props;
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
              {label}
              <span class="hidden-text"> ({i + 1})</span>
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
