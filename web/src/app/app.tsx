import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Search } from '../search/search.tsx';
import { Feather, Half, Moon, Sun } from '../ui/icons.tsx';
import { PAGES } from './pages.tsx';
import { page, path } from './router.ts';
import { atWork, gpuName } from './status.ts';
import { theme } from './theme.ts';

/** Header, navigation and footer around every page. */
export function App() {
  const main = useRef<HTMLElement>(null);
  const shown = PAGES.find(({ name }) => name === page.value) ?? PAGES[0];
  useEffect(() => {
    document.title = `${shown.title} · feathergrad`;
  }, [shown]);
  const first = useRef(true);
  useSignalEffect(() => {
    path.value; // moving the focus announces the new page to screen readers
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
  });
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="header">
        <a class="brand" href="#/train">
          <Feather />
          feathergrad
        </a>
        <nav class="nav" aria-label="Pages">
          {PAGES.map(({ name, title }) => (
            <a
              key={name}
              href={`#/${name}`}
              class={atWork.value === name ? 'at-work' : undefined}
              aria-current={name === shown.name ? 'page' : undefined}
            >
              {title}
              {atWork.value === name && <span class="hidden-text"> (running)</span>}
            </a>
          ))}
        </nav>
        <Search />
        <ThemeButton />
      </header>
      <main class="page" id="main" tabIndex={-1} ref={main}>
        <shown.View key={shown.name} />
      </main>
      <footer class="footer">
        <span>Pictures, camera and weights stay on your machine; this page sends nothing.</span>
        {gpuName.value && <span>{gpuName.value}</span>}
      </footer>
    </>
  );
}

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;
const NAMES = { system: 'system', light: 'light', dark: 'dark' } as const;

function ThemeButton() {
  const name = NAMES[theme.value];
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
