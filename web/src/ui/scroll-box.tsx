import type { ComponentChildren } from 'preact';

/** Content that may be wider than the page, such as a table. It takes the focus, so that it scrolls by keyboard. */
export function ScrollBox(props: { label: string; class?: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard
    <section class={`scroll ${props.class ?? ''}`.trim()} tabIndex={0} aria-label={props.label}>
      {props.children}
    </section>
  );
}
