import type { ComponentChildren } from 'preact';

/**
 * Content that may be wider than the page, such as a table. It takes the focus, so that it scrolls by keyboard. It is a group
 * and not a region, since the section around it often has the same name.
 */
export function ScrollBox(props: { label: string; class?: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for inputs
    // biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard
    <div class={`scroll ${props.class ?? ''}`.trim()} role="group" tabIndex={0} aria-label={props.label}>
      {props.children}
    </div>
  );
}
