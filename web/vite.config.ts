import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type PluginOption } from 'vite';
import { noticesForVite } from '../scripts/third-party-notices.mjs';
import { wgslForVite } from '../scripts/wgsl-plugin.mjs';
import { markdownPages } from './markdown/plugin.ts';
import { playgroundSandbox } from './playground-plugin.ts';
import { pagePolicy, sandboxPolicy } from './policy.ts';
import { savedPageRuntime } from './saved-page-runtime.ts';
import { serviceWorker } from './service-worker-plugin.ts';

const built = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

/** Writes the Content-Security-Policy into the page, since a static host may not send headers. */
function policyInPage(): Plugin {
  return {
    name: 'policy-in-page',
    apply: 'build', // the development server's reloading needs inline scripts
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: pagePolicy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/**
 * Makes the URL of the image for previews of links absolute, as most readers of previews require, if FEATHERGRAD_SITE names
 * the app's address, such as `https://example.org/app/`.
 */
function previewImage(): Plugin {
  return {
    name: 'preview-image',
    transformIndexHtml: (html) => {
      const site = process.env.FEATHERGRAD_SITE;
      return site ? html.replace('"./og.png"', JSON.stringify(new URL('og.png', site).href)) : html;
    },
  };
}

/** Sends the recommended headers in `npm start`. */
function headersOfServer(): Plugin {
  return {
    name: 'headers-of-server',
    configurePreviewServer(server) {
      server.middlewares.use(({ url }, response, next) => {
        const isSandbox = url?.split('?')[0]?.endsWith('/sandbox.html');
        response.setHeader(
          'Content-Security-Policy',
          isSandbox ? `sandbox allow-scripts; ${sandboxPolicy}` : pagePolicy,
        );
        response.setHeader('X-Content-Type-Options', 'nosniff');
        response.setHeader('Referrer-Policy', 'no-referrer');
        next();
      });
    },
  };
}

const web = fileURLToPath(new URL('.', import.meta.url));
/**
 * Collects the licenses of everything in the page and its workers. The font is listed here because it is copied, not
 * bundled.
 */
const notices = noticesForVite(web, [`${web}node_modules/@fontsource-variable/geist/package.json`]);

export default defineConfig({
  root: web,
  base: './', // works under any path
  resolve: {
    // the app uses the published package, not the sources
    alias: [
      { find: /^feathergrad$/, replacement: built('index.js') },
      { find: /^feathergrad\/(\w+)$/, replacement: built('$1/index.js') },
    ],
    // they are also imported by files of bench/ that Compare shares
    dedupe: ['@jax-js/jax', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'],
  },
  // without weights the page shows a message instead of requesting a missing file
  define: {
    WEIGHTS_ARE_SHIPPED: JSON.stringify(existsSync(built('weights/fer-mobilenetv3-ferplus.safetensors'))),
  },
  plugins: [
    wgslForVite(),
    markdownPages(),
    playgroundSandbox(),
    savedPageRuntime(built),
    policyInPage(),
    previewImage(),
    headersOfServer(),
    notices.collect,
    serviceWorker(() => [notices.collect as PluginOption]),
    notices.write,
  ],
  worker: { format: 'es', plugins: () => [wgslForVite(), notices.collect] },
  build: {
    rollupOptions: { input: [`${web}index.html`, `${web}embed.html`] },
    target: 'es2023',
    modulePreload: { polyfill: false }, // it would be an inline script
    assetsInlineLimit: 0, // no data: addresses
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
});
