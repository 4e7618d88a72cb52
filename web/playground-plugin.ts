// The sandbox of the playground: `virtual:playground-sandbox` is the text of a script with the library and the runner,
// and `sandbox.html` is the page of the frame that runs it.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'vite';
import { sandboxPolicy } from './policy.ts';

const NAME = 'virtual:playground-sandbox';
const runner = fileURLToPath(new URL('./src/playground/sandbox/runner.ts', import.meta.url));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** The frame has no access to files of the app, so its script contains the whole library. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [runner],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2023',
    minifyWhitespace: true,
    minifySyntax: true, // names are kept: they are in messages and stack traces
    legalComments: 'none',
    logLevel: 'error',
    // the base of the URLs of weights; a script from a blob has no URL that others can be relative to
    define: { 'import.meta.url': '"https://feathergrad.invalid/index.js"' },
    plugins: [
      {
        name: 'built package',
        setup({ onResolve }) {
          onResolve({ filter: /^feathergrad(\/\w+)?$/ }, ({ path }) => ({
            path: `${dist}${path.slice('feathergrad'.length + 1) || '.'}/index.js`,
          }));
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${sandboxPolicy}">
<title>Sandbox of the playground</title>
<script>
// Works only without an origin, that is, in a frame with sandbox="allow-scripts". Opened in any other way, it would run
// code with access to the app's data.
if (origin === 'null' && parent !== self) {
  addEventListener('message', ({ source, data, ports }) => {
    if (source !== parent || !ports[0] || globalThis.feathergradPort) return;
    globalThis.feathergradPort = ports[0];
    const script = document.createElement('script');
    script.src = URL.createObjectURL(new Blob([data], { type: 'text/javascript' }));
    document.head.append(script);
  });
  parent.postMessage('feathergrad sandbox', '*');
}
</script>
</head>
</html>
`;

export function playgroundSandbox(): Plugin {
  return {
    name: 'playground-sandbox',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    async load(id) {
      return id === `\0${NAME}` ? `export default ${JSON.stringify(await bundle())};` : null;
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'sandbox.html', source: page });
    },
    configureServer({ middlewares }) {
      middlewares.use('/sandbox.html', (_, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end(page);
      });
    },
  };
}
