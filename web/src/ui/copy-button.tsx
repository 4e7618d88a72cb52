import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { LinkIcon, Pages } from './icons.tsx';

/** Copies text, or with `isLink` an address, and briefly confirms it. */
export function CopyButton(props: {
  text: () => string | Promise<string>;
  children: ComponentChildren;
  class?: string;
  isLink?: boolean;
  /** the confirmation and the refusal, in another language */
  says?: { copied: string; notAllowed: string };
}) {
  const { copied = 'Copied', notAllowed = 'Not allowed' } = props.says ?? {};
  const [said, say] = useState<string | null>(null);
  return (
    <button
      type="button"
      class={`button ${props.class ?? ''}`}
      onClick={async () => {
        try {
          await navigator.clipboard.writeText(await props.text());
          say(copied);
        } catch {
          say(notAllowed);
        }
        setTimeout(() => say(null), 1500);
      }}
    >
      {props.isLink ? <LinkIcon /> : <Pages />} <span aria-live="polite">{said ?? props.children}</span>
    </button>
  );
}
