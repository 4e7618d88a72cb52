import { useEffect, useRef, useState } from 'preact/hooks';
import { usePartHead } from '../app/head.ts';
import { path, place } from '../app/router.ts';
import { SearchOpener } from '../search/search-opener.tsx';
import { LoadProblem } from '../ui/load-problem.tsx';
import { Notice } from '../ui/pieces.tsx';
import { Article } from './article.tsx';
import { DOC_GROUPS, DOCS, type DocPage } from './pages.ts';

/** The documentation: the list of pages, and the page that the URL selects. */
export function DocsView() {
  const name = path.value.replace(/^docs\/?/, '');
  const shown = DOCS.find((page) => page.name === name) ?? (name === '' ? DOCS[0] : undefined);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [name]);
  const side = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const list = side.current;
    const link = list?.querySelector('[aria-current="page"]');
    if (!list || !link) return;
    // not scrollIntoView(), which would scroll the page, too
    const { top, bottom } = link.getBoundingClientRect();
    const box = list.getBoundingClientRect();
    if (top < box.top || bottom > box.bottom) list.scrollTop += top - box.top - box.height / 3;
  }, [name]);
  return (
    <div class="docs">
      <div class="docs-side" ref={side}>
        <SearchOpener />
        <button
          type="button"
          class="button docs-toggle"
          aria-expanded={isOpen}
          aria-controls="docs-list"
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? 'Hide pages' : 'All pages'}
        </button>
        <nav id="docs-list" class={isOpen ? 'docs-list open' : 'docs-list'} aria-label="Documentation">
          {DOC_GROUPS.map(([group, pages]) => (
            <div key={group}>
              <h2>{group}</h2>
              <ul>
                {pages.map((page) => (
                  <li key={page.name}>
                    <a href={`#/docs/${page.name}`} aria-current={page === shown ? 'page' : undefined}>
                      {page.title}
                    </a>
                    {page === shown && <OnThisPage page={page} />}
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
      </div>
      {shown ? (
        <Page key={shown.name} page={shown} />
      ) : (
        <div class="docs-page">
          <Notice title={`There is no page “${name}”`} kind="bad">
            <p>Choose a page from the list, or search all pages.</p>
          </Notice>
        </div>
      )}
    </div>
  );
}

/** The page's headings; none for pages with so many that they have their own list. */
function OnThisPage({ page }: { page: DocPage }) {
  const { headings, name } = page;
  if (headings.length < 2 || headings.length > 16) return null;
  const at = place.value.params.get('at');
  return (
    <ul class="docs-headings">
      {headings.map(({ id, text }) => (
        <li key={id}>
          <a
            href={`#/docs/${name}?at=${encodeURIComponent(id)}`}
            aria-current={at === id ? 'location' : undefined}
          >
            {text}
          </a>
        </li>
      ))}
    </ul>
  );
}

function Page({ page }: { page: DocPage }) {
  const [html, setHtml] = useState<string | null>(null);
  const [failure, setFailure] = useState<{ error: unknown } | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isGone = false;
    setFailure(null);
    page.load().then(
      (loaded) => isGone || setHtml(loaded),
      (error: unknown) => isGone || setFailure({ error }),
    );
    return () => {
      isGone = true;
    };
  }, [page, attempt]);
  usePartHead(
    page.title,
    `${page.title}: ${page.group.toLowerCase()} of feathergrad, deep learning on WebGPU.`,
  );
  const at = DOCS.indexOf(page);
  const [before, after] = [DOCS[at - 1], DOCS[at + 1]];
  return (
    <div class="docs-page">
      {failure !== null && (
        <LoadProblem
          title="This page could not be loaded"
          error={failure.error}
          onRetry={() => setAttempt(attempt + 1)}
        />
      )}
      {html !== null && (
        <>
          <Article html={html} />
          <nav class="docs-next" aria-label="Previous and next page">
            {before ? <a href={`#/docs/${before.name}`}>← {before.title}</a> : <span />}
            {after && <a href={`#/docs/${after.name}`}>{after.title} →</a>}
          </nav>
        </>
      )}
    </div>
  );
}
