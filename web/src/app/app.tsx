import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Search } from '../search/search.tsx';
import { Feather, Half, Moon, Sun } from '../ui/icons.tsx';
import { guardWork } from './guards.ts';
import { keepHead, usePageHead } from './head.ts';
import { NotFound } from './not-found.tsx';
import { keepOffline, UpdateOffer } from './offline.tsx';
import { PAGES, type Page, RENAMED } from './pages.tsx';
import { linkTo, page, path, place } from './router.ts';
import { restoreScroll } from './scroll.ts';
import { atWork, gpuName } from './status.ts';
import { theme } from './theme.ts';

restoreScroll();
keepHead();
guardWork();
keepOffline();

const NOT_FOUND: Page = {
  name: '',
  title: 'Page not found',
  description: '',
  keywords: '',
  View: NotFound,
};

/** Header, navigation and footer around every page. */
export function App() {
  const main = useRef<HTMLElement>(null);
  const renamed = RENAMED[page.value];
  const shown = PAGES.find(({ name }) => name === page.value) ?? NOT_FOUND;
  usePageHead(shown.title, shown.description);
  useEffect(() => {
    if (renamed) location.replace(location.hash.replace(page.peek(), renamed));
  }, [renamed]);
  const first = useRef(true);
  useSignalEffect(() => {
    path.value; // moving the focus announces the new page to screen readers
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  });
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="header">
        <a
          class="brand"
          href="#/"
          aria-current={shown.name === '' && shown !== NOT_FOUND ? 'page' : undefined}
        >
          <Feather />
          <span>feathergrad</span>
        </a>
        <nav class="nav" aria-label="Pages">
          {PAGES.filter(({ name, parent }) => name !== '' && !parent).map((one) => (
            <a
              key={one.name}
              href={hrefOf(one, shown)}
              class={atWork.value === one.name ? 'at-work' : undefined}
              aria-current={one === shown ? 'page' : one.name === shown.parent ? 'true' : undefined}
            >
              {one.title}
              {atWork.value === one.name && <span class="hidden-text"> (running)</span>}
            </a>
          ))}
        </nav>
        <div class="tools">
          <Search />
          <ThemeButton />
        </div>
      </header>
      <main class="page" id="main" tabIndex={-1} ref={main}>
        {!renamed && <shown.View key={shown.title} />}
      </main>
      <UpdateOffer />
      <footer class="footer">
        <span>Pictures, camera and weights stay on your machine; this page sends nothing.</span>
        {gpuName.value && <span>{gpuName.value}</span>}
      </footer>
    </>
  );
}

/** A link to a page keeps the page's settings; in a lesson or an article it leads to the list of all. */
function hrefOf({ name }: Page, shown: Page): string {
  const isInside = shown.name === name && place.value.path !== name;
  return isInside ? `#/${name}` : linkTo(name);
}

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;

function ThemeButton() {
  const name = theme.value;
  return (
    <button
      type="button"
      class="button plain"
      title={`Theme: ${name}`}
      aria-label={`Theme: ${name}. Switch theme`}
      onClick={() => {
        theme.value = NEXT[theme.value];
      }}
    >
      {theme.value === 'system' ? <Half /> : theme.value === 'light' ? <Sun /> : <Moon />}
    </button>
  );
}
