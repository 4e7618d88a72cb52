// Stores the app's files, so that lessons and documentation work offline. `web/service-worker-plugin.ts` builds this file
// and inserts the list.
import { clientsClaim } from 'workbox-core';
import { ExpirationPlugin } from 'workbox-expiration';
import {
  cleanupOutdatedCaches,
  matchPrecache,
  type PrecacheEntry,
  precacheAndRoute,
} from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst } from 'workbox-strategies';
import { sandboxPolicy } from '../policy.ts';

declare const FILES: PrecacheEntry[];

// Offline, the playground loads its sandbox in a frame without the attribute `sandbox`, since a service worker does not serve
// frames with that attribute. This header has the same effect, whatever the host sends.
registerRoute(
  ({ request, sameOrigin, url }) =>
    sameOrigin && request.mode === 'navigate' && url.pathname.endsWith('/sandbox.html'),
  async () => {
    const stored = await matchPrecache('sandbox.html');
    if (!stored) return Response.error();
    const headers = {
      'Content-Type': 'text/html',
      'Content-Security-Policy': `sandbox allow-scripts; ${sandboxPolicy}`,
    };
    return new Response(stored.body, { headers });
  },
);

// The files of a version are fetched when it is installed, and those of earlier versions are removed when it takes over.
// A new version waits until the reader accepts it, so that a page never mixes files of two versions.
cleanupOutdatedCaches();
precacheAndRoute(FILES);
addEventListener('message', ({ data }) => {
  if (data?.type === 'SKIP_WAITING') (self as unknown as { skipWaiting(): Promise<void> }).skipWaiting();
});
clientsClaim();

// Weights, images and large libraries are stored when they are first used. Their names contain a hash of their content, so
// that a new version never gets an old file.
registerRoute(
  ({ sameOrigin, url }) => sameOrigin && /\/assets\/[^/]+-[\w-]{8}\.\w+$/.test(url.pathname),
  new CacheFirst({
    cacheName: 'feathergrad-used-files',
    plugins: [new ExpirationPlugin({ maxEntries: 60, purgeOnQuotaError: true })],
  }),
);
