import { useSignalEffect } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { place } from '../app/router.ts';
import { isRevisited } from '../app/scroll.ts';

/**
 * A page as HTML that the build generated from Markdown. Scrolls to the heading `at` of the URL, unless the reader came
 * back to a page whose scroll position is restored.
 */
export function Article({ html }: { html: string }) {
  const article = useRef<HTMLElement>(null);
  const toHeading = useCallback(() => {
    const at = place.peek().params.get('at');
    const heading = at === null ? null : article.current?.querySelector(`#${CSS.escape(at)}`);
    heading?.scrollIntoView({ block: 'start' });
  }, []);
  useSignalEffect(() => {
    place.value;
    if (!isRevisited()) toHeading();
  });
  useEffect(() => {
    const node = article.current;
    if (!node) return;
    addCopyButtons(node);
    if (!isRevisited()) toHeading();
    // a link to the current URL does not change it, so the page would not scroll
    const again = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (link?.getAttribute('href') === location.hash) toHeading();
    };
    node.addEventListener('click', again);
    return () => node.removeEventListener('click', again);
  }, [toHeading]);
  return <article class="prose" ref={article} dangerouslySetInnerHTML={{ __html: html }} />;
}

function addCopyButtons(article: HTMLElement): void {
  for (const block of article.querySelectorAll<HTMLElement>('.code')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy-code';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '');
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Not allowed';
      }
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 1500);
    });
    block.append(button);
  }
}
