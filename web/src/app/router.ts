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

/** Writes the settings of the page at `path` into the URL without a new history entry. */
export function replaceParams(path: string, params: URLSearchParams): void {
  if (current.peek().path !== path) return;
  const query = params.toString();
  const hash = `#/${path}${query ? `?${query}` : ''}`;
  if (hash === location.hash) return;
  history.replaceState(null, '', hash);
  current.value = read();
}
