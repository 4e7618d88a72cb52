import { useEffect, useRef, useState } from 'preact/hooks';
import { Magnifier } from '../ui/icons.tsx';
import { LoadProblem } from '../ui/load-problem.tsx';
import { excerpt, markFound, type Piece } from './excerpt.ts';
import type { Hit } from './search-index.ts';
import { isSearchOpen } from './search-opener.tsx';

/** The search button in the header, and the dialog that the button or the key `/` opens. */
export function Search() {
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      // the editors are in shadow roots, outside of which the target is their host
      const [target] = event.composedPath();
      const isTyping =
        target instanceof HTMLElement &&
        (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      isSearchOpen.value = true;
    };
    addEventListener('keydown', open);
    return () => removeEventListener('keydown', open);
  }, []);
  return (
    <>
      <button
        type="button"
        class="button plain search-button"
        title="Search docs and lessons ( / )"
        aria-label="Search docs and lessons"
        onClick={() => {
          isSearchOpen.value = true;
        }}
      >
        <Magnifier />
      </button>
      {isSearchOpen.value && <SearchDialog />}
    </>
  );
}

type Find = (query: string) => Hit[];

const close = () => {
  isSearchOpen.value = false;
};

function SearchDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState('');
  const [find, setFind] = useState<{ find: Find } | null>(null);
  const [problem, setProblem] = useState<{ error: unknown } | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    dialog.current?.showModal();
    input.current?.focus();
    addEventListener('hashchange', close); // the browser's Back button closes the search too
    return () => removeEventListener('hashchange', close);
  }, []);
  useEffect(() => {
    let isGone = false;
    setProblem(null);
    import('./search-index.ts')
      .then(({ openSearch }) => openSearch())
      .then(
        (ready) => isGone || setFind({ find: ready }),
        (error: unknown) => isGone || setProblem({ error }),
      );
    return () => {
      isGone = true;
    };
  }, [attempt]);
  const asked = query.trim();
  const hits = find && asked ? find.find(asked) : [];
  return (
    <dialog
      class="search"
      ref={dialog}
      aria-label="Search docs and lessons"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
      onKeyDown={moveByArrows}
    >
      <div class="search-field">
        <Magnifier />
        <input
          ref={input}
          type="search"
          placeholder="Search docs and lessons"
          aria-label="Search docs and lessons"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            const [first] = hits;
            if (event.key !== 'Enter' || !first) return;
            location.hash = first.href;
            close();
          }}
        />
        <button type="button" class="button plain" onClick={close}>
          Close
        </button>
      </div>
      <p class="search-said" role="status">
        {problem === null && said(asked, hits.length, find !== null)}
      </p>
      {problem !== null && (
        <LoadProblem
          title="The search index could not be loaded"
          error={problem.error}
          onRetry={() => setAttempt(attempt + 1)}
        />
      )}
      <ul class="search-hits" data-testid="search-hits">
        {hits.map((hit) => (
          <li key={hit.id}>
            <a href={hit.href} onClick={close}>
              <span class="search-where">
                {hit.kind}
                {hit.heading !== hit.title && ` · ${hit.title}`}
              </span>
              <strong>
                <Marked pieces={markFound(hit.heading, hit.found)} />
              </strong>
              <span class="search-text">
                <Marked pieces={excerpt(hit.text, hit.found)} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </dialog>
  );
}

function said(asked: string, count: number, isReady: boolean): string {
  if (!asked) return 'Search pages, settings, guides, API, kernels and lessons.';
  if (!isReady) return 'Loading the index …';
  if (count === 0) return `No results for “${asked}”`;
  return count === 1 ? '1 result' : `${count} results`;
}

const Marked = ({ pieces }: { pieces: Piece[] }) => (
  <>{pieces.map(({ text, isFound }, i) => (isFound ? <mark key={`${i}${text}`}>{text}</mark> : text))}</>
);

/** Arrow keys move through the results. */
function moveByArrows(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const dialog = event.currentTarget as HTMLElement;
  const stops = [...dialog.querySelectorAll<HTMLElement>('input, .search-hits a')];
  const at = stops.indexOf(document.activeElement as HTMLElement) + (event.key === 'ArrowDown' ? 1 : -1);
  event.preventDefault();
  stops[Math.min(stops.length - 1, Math.max(0, at))]?.focus();
}
