import { signal } from '@preact/signals';
import type { Workbox } from 'workbox-window';
import { watchFiles } from '../lib/used-files.ts';
import { atWork } from './status.ts';

/** Milliseconds after which the files for offline use are fetched, so that they do not delay the page. */
const DELAY = 4000;

const waiting = signal<Workbox | null>(null);
/** Whether the reader accepted the new version in this tab; another tab that is computing is not reloaded. */
let isAccepted = false;

/**
 * Registers the service worker of the built app. Automated browsers do not get one: a test that wants it sets
 * `navigator.webdriver` to false.
 */
export function keepOffline(): void {
  if (!import.meta.env.PROD || navigator.webdriver || !('serviceWorker' in navigator)) return;
  const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
  if (saves && !navigator.serviceWorker.controller) return; // the visitor pays for data
  const used = new Set<string>();
  let store = (_: string[]) => {};
  const isFirst = !navigator.serviceWorker.controller;
  if (isFirst) {
    watchFiles((urls) => {
      for (const url of urls) used.add(url);
      store(urls);
    });
  }
  setTimeout(async () => {
    try {
      const { Workbox } = await import('workbox-window');
      const box = new Workbox(new URL('sw.js', document.baseURI).href);
      box.addEventListener('waiting', () => {
        waiting.value = box;
      });
      box.addEventListener('controlling', ({ isUpdate }) => {
        if (isUpdate && (isAccepted || atWork.peek() === null)) location.reload();
      });
      await box.register();
      if (!isFirst) return;
      await box.active;
      // those that it does not store for every visitor, such as weights
      store = (urls) => void box.messageSW({ type: 'CACHE_URLS', payload: { urlsToCache: urls } });
      store([...used]);
    } catch {
      // without a service worker the app works online
    }
  }, DELAY);
}

/** Offers a new version of the app. It takes over only when the reader wants it, since that reloads the page. */
export function UpdateOffer() {
  const box = waiting.value;
  if (!box) return null;
  return (
    <div class="update" role="status" data-testid="update">
      <span>A new version of this app is ready.</span>
      <button
        type="button"
        class="button primary"
        onClick={() => {
          isAccepted = true;
          box.messageSkipWaiting();
        }}
      >
        Reload
      </button>
      <button
        type="button"
        class="button plain"
        onClick={() => {
          waiting.value = null;
        }}
      >
        Later
      </button>
    </div>
  );
}
