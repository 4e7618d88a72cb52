import { computed, signal } from '@preact/signals';

/** The address after `#/`: a page's name and its settings, so that a link carries both to any host. */
export interface Place {
  page: string;
  params: URLSearchParams;
}

function read(): Place {
  const [page = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { page, params: new URLSearchParams(query) };
}

const current = signal(read());
addEventListener('hashchange', () => {
  current.value = read();
});

export const place = computed(() => current.value);
export const page = computed(() => current.value.page);

/** Writes a page's settings into the address without a new entry in the history. */
export function replaceParams(name: string, params: URLSearchParams): void {
  if (current.peek().page !== name) return;
  const query = params.toString();
  const hash = `#/${name}${query ? `?${query}` : ''}`;
  if (hash === location.hash) return;
  history.replaceState(null, '', hash);
  current.value = read();
}

/** A link to what the address bar shows. */
export const shareLink = (): string => location.href;
