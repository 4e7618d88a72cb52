import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { LinkIcon } from './icons.tsx';

/** Copies text and briefly confirms it. */
export function CopyButton(props: { text: () => string; children: ComponentChildren; class?: string }) {
  const [said, say] = useState<string | null>(null);
  return (
    <button
      type="button"
      class={`button ${props.class ?? ''}`}
      onClick={async () => {
        try {
          await navigator.clipboard.writeText(props.text());
          say('Copied');
        } catch {
          say('Not allowed');
        }
        setTimeout(() => say(null), 1500);
      }}
    >
      <LinkIcon /> <span aria-live="polite">{said ?? props.children}</span>
    </button>
  );
}
