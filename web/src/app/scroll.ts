// Restores the scroll position on Back, Forward and reload. The browser's own restoration comes too early: a page loads
// its content after the URL has changed, when the document is still short.

const KEY = 'feathergrad-scroll';
/** Milliseconds in which a page grows to its earlier height. */
const PATIENCE = 3000;

/** scroll position by history entry, in pixels */
const positions = stored();
let entry = entryOfState() ?? stamp();
let isBack = positions[entry] !== undefined;
let shown = pathNow();
let stopWaiting: () => void = () => {};

/** Starts to restore positions. Call it once, before the first page is shown. */
export function restoreScroll(): void {
  history.scrollRestoration = 'manual';
  addEventListener('scroll', () => {
    positions[entry] = Math.round(scrollY);
  });
  addEventListener('pagehide', () => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(positions));
    } catch {
      // without storage a reload starts at the top
    }
  });
  // in the capture phase: before the views react to the new URL
  addEventListener('hashchange', onNewEntry, { capture: true });
  scrollWhenTall(positions[entry] ?? 0);
}

/** Whether this history entry was visited before, so that its scroll position is restored. */
export const isRevisited = (): boolean => isBack;

function onNewEntry(): void {
  const before = entryOfState();
  entry = before ?? stamp();
  isBack = positions[entry] !== undefined;
  const isSamePath = pathNow() === shown;
  shown = pathNow();
  if (isBack || !isSamePath) scrollWhenTall(positions[entry] ?? 0);
}

/** Scrolls now and whenever the document grows or shrinks, until the page has loaded or the reader scrolls. */
function scrollWhenTall(top: number): void {
  stopWaiting();
  scrollTo(0, top);
  if (top === 0) return;
  const observer = new ResizeObserver(() => scrollTo(0, top));
  observer.observe(document.body);
  const stop = new AbortController();
  stopWaiting = () => {
    observer.disconnect();
    clearTimeout(timer);
    stop.abort();
    stopWaiting = () => {};
  };
  const timer = setTimeout(stopWaiting, PATIENCE);
  for (const name of ['wheel', 'touchmove', 'keydown', 'pointerdown', 'mousedown']) {
    addEventListener(name, () => stopWaiting(), { signal: stop.signal, passive: true });
  }
}

/** The page of the URL without its settings. */
function pathNow(): string {
  return location.hash.split('?')[0] as string;
}

function entryOfState(): string | null {
  const entry: unknown = history.state?.entry;
  return typeof entry === 'string' ? entry : null;
}

/** Marks the current history entry with a new name. */
function stamp(): string {
  const name = `${Date.now()}-${Math.random()}`;
  history.replaceState({ ...history.state, entry: name }, '');
  return name;
}

function stored(): Record<string, number> {
  try {
    const positions: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
    if (typeof positions !== 'object' || positions === null) return {};
    return Object.fromEntries(
      Object.entries(positions).filter(([, y]) => typeof y === 'number' && Number.isFinite(y)),
    ) as Record<string, number>;
  } catch {
    return {};
  }
}
