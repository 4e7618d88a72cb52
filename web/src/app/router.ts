import { computed, signal } from '@preact/signals';

/** The part of the URL after `#/`: the page and its settings, so that a link contains both on any host. */
export interface Place {
  page: string;
  /** the name of the page and the rest of the path, such as `lessons/hard-swish` */
  path: string;
  params: URLSearchParams;
}

function read(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { page: path.split('/')[0] ?? '', path, params: new URLSearchParams(query) };
}

const current = signal(read());
addEventListener('hashchange', () => {
  current.value = read();
});

export const place = computed(() => current.value);
export const page = computed(() => current.value.page);
export const path = computed(() => current.value.path);

const KEY = 'feathergrad-addresses';
/** the last address of each page in this tab, such as `#/train?epochs=100` */
const addresses = signal<Readonly<Record<string, string>>>(storedAddresses());
current.subscribe(({ page }) => {
  if (page === '' || addresses.peek()[page] === location.hash) return;
  addresses.value = { ...addresses.peek(), [page]: location.hash };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(addresses.peek()));
  } catch {
    // without storage the addresses last until the page is reloaded
  }
});

/** Returns the link to a page as it was last left, so that a visit to another page does not reset its settings. */
export const linkTo = (name: string): string => addresses.value[name] ?? `#/${name}`;

/** Writes the settings of the page at `path` into the URL without a new history entry. */
export function replaceParams(path: string, params: URLSearchParams): void {
  if (current.peek().path !== path) return;
  const query = params.toString();
  const hash = `#/${path}${query ? `?${query}` : ''}`;
  if (hash === location.hash) return;
  history.replaceState(history.state, '', hash); // the state identifies the entry, see scroll.ts
  current.value = read();
}

function storedAddresses(): Record<string, string> {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    return Object.fromEntries(
      Object.entries(stored).filter(
        ([name, hash]) => typeof hash === 'string' && hash.startsWith(`#/${name}`),
      ),
    );
  } catch {
    return {};
  }
}
