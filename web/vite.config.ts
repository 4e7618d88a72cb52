import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { noticesForVite } from '../scripts/third-party-notices.mjs';
import { wgslForVite } from '../scripts/wgsl-plugin.mjs';
import { markdownPages } from './markdown/plugin.ts';
import { pagePolicy, peerPolicy } from './policy.ts';

const built = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

/** The page's Content-Security-Policy in the page itself, since a static host may send no headers. */
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

/** The headers that a good host would send, for the address at which `npm start` shows the app. */
function headersOfServer(): Plugin {
  return {
    name: 'headers-of-server',
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => {
        const isPeer = /\/peer-engine-[^/]*\.js$/.test(request.url ?? '');
        response.setHeader('Content-Security-Policy', isPeer ? peerPolicy : pagePolicy);
        response.setHeader('X-Content-Type-Options', 'nosniff');
        response.setHeader('Referrer-Policy', 'no-referrer');
        next();
      });
    },
  };
}

const web = fileURLToPath(new URL('.', import.meta.url));
/** The licenses of all that page and workers hold; a font is copied, not bundled. */
const notices = noticesForVite(web, [`${web}node_modules/@fontsource-variable/geist/package.json`]);

export default defineConfig({
  root: web,
  base: './', // works under any path
  resolve: {
    // the app stands on what is published, not on the sources
    alias: [
      { find: /^feathergrad$/, replacement: built('index.js') },
      { find: /^feathergrad\/(\w+)$/, replacement: built('$1/index.js') },
    ],
    // what Compare shares with bench/ asks for them from there
    dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'],
  },
  // a build before the weights were trained says so, instead of asking for a file that is not there
  define: {
    WEIGHTS_ARE_SHIPPED: JSON.stringify(existsSync(built('weights/fer-mobilenetv3-ferplus.safetensors'))),
  },
  plugins: [
    wgslForVite(),
    markdownPages(),
    policyInPage(),
    headersOfServer(),
    notices.collect,
    notices.write,
  ],
  worker: { format: 'es', plugins: () => [wgslForVite(), notices.collect] },
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false }, // it would be an inline script
    assetsInlineLimit: 0, // no data: addresses
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
});
