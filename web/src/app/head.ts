// Title and description of the document, and the progress of a computation in the title and the favicon.
import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { progress } from './status.ts';

const SITE = 'feathergrad';
interface Head {
  title: string;
  description: string;
}
const ofPage = signal<Head>({ title: '', description: '' });
const ofPart = signal<Head | null>(null);

/** Sets the document's title and description for a page. */
export function usePageHead(title: string, description: string): void {
  useEffect(() => {
    ofPage.value = { title, description };
  }, [title, description]);
}

/** Sets the document's title and description while a part of a page, such as a lesson, is shown. */
export function usePartHead(title: string, description: string): void {
  useEffect(() => {
    const head = { title, description };
    ofPart.value = head;
    return () => {
      if (ofPart.peek() === head) ofPart.value = null;
    };
  }, [title, description]);
}

/** Keeps the document's head up to date. Call it once. */
export function keepHead(): void {
  effect(() => {
    const { title, description } = ofPart.value ?? ofPage.value;
    const done = progress.value;
    const share = done && `${Math.floor(100 * done.share)} % ${done.what}`;
    document.title = [share, title, SITE].filter(Boolean).join(' · ');
    if (description) setMeta('description', description);
  });
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!icon) return;
  const plain = icon.href;
  let shown = -1;
  effect(() => {
    const done = progress.value;
    const percent = done ? Math.floor(100 * done.share) : -1;
    if (percent === shown) return;
    shown = percent;
    const before = icon.href;
    icon.href = percent < 0 ? plain : ringIcon(percent);
    if (before !== plain) URL.revokeObjectURL(before);
  });
}

function setMeta(name: string, content: string): void {
  document.querySelector(`meta[name="${name}"]`)?.setAttribute('content', content);
}

/** A ring that is filled to `percent`, as an SVG image. */
function ringIcon(percent: number): string {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="6">' +
    '<circle cx="16" cy="16" r="12" stroke="#9aa3a8" stroke-opacity=".45"/>' +
    `<circle cx="16" cy="16" r="12" stroke="#1794ad" pathLength="100" stroke-dasharray="${percent} 100" transform="rotate(-90 16 16)"/></svg>`;
  return URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
}
