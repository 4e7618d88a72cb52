// Builds the service worker after the app, with the list of the files that it stores.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin, type PluginOption } from 'vite';

/**
 * Files that every visitor stores for offline use: the page, and the code, styles and font of everything except the other
 * libraries, which only Compare and browsers without WebGPU need.
 */
const isStored = (name: string): boolean =>
  /\.(html|js|css|woff2|svg|webmanifest)$/.test(name) && !OTHER_LIBRARIES.test(name);
const OTHER_LIBRARIES = /tfjs|jax|ort[.-]|onnx|peer|cpu-recognizer|^sw\.js$/;
/** A name with a hash of the content; such a file never changes. */
const HASHED = /-[\w-]{8}\.\w+$/;

/** @param plugins of the nested build, such as the one that collects licenses */
export function serviceWorker(plugins: () => PluginOption[]): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    writeBundle: {
      order: 'pre',
      sequential: true, // before the licenses are written
      async handler({ dir = '' }, bundle) {
        const names = [...Object.keys(bundle), 'favicon.svg', 'manifest.webmanifest'];
        const files = await Promise.all(
          [...new Set(names)]
            .filter(isStored)
            .sort()
            .map(async (url) => ({
              url,
              revision: HASHED.test(url) ? null : hash(await readFile(join(dir, url))),
            })),
        );
        await build({
          configFile: false,
          publicDir: false,
          logLevel: 'error',
          plugins: plugins(),
          define: { FILES: JSON.stringify(files), 'process.env.NODE_ENV': '"production"' },
          build: {
            outDir: dir,
            emptyOutDir: false,
            target: 'es2023',
            reportCompressedSize: false,
            rollupOptions: {
              input: fileURLToPath(new URL('src/service-worker.ts', import.meta.url)),
              output: { entryFileNames: 'sw.js', format: 'iife' },
            },
          },
        });
      },
    },
  };
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
