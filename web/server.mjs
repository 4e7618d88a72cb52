// Serves the built app at http://127.0.0.1 for `npm start` and the tests.
import { fileURLToPath } from 'node:url';
import { preview } from 'vite';

/**
 * Serves web/dist under `base`.
 * @param {{ port?: number, base?: string, open?: boolean }} [options]
 */
export async function serve({ port = 4173, base = '/', open = false } = {}) {
  return preview({
    configFile: fileURLToPath(new URL('./vite.config.ts', import.meta.url)),
    base,
    logLevel: 'error',
    preview: { host: '127.0.0.1', port, strictPort: false, open },
  });
}
