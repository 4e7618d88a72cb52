import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'vite';

const NAME = 'virtual:saved-page-runtime';
const entry = fileURLToPath(new URL('src/studio/page/runtime.ts', import.meta.url));

/**
 * Bundles the script of saved pages, with the library, as one file without imports, and returns its URL as the default
 * export of `virtual:saved-page-runtime`.
 */
export function savedPageRuntime(built: (path: string) => string): Plugin {
  return {
    name: 'saved-page-runtime',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    async load(id) {
      if (id !== `\0${NAME}`) return null;
      const { outputFiles } = await build({
        entryPoints: [entry],
        bundle: true, // dynamic imports too
        write: false,
        format: 'esm',
        target: 'es2023',
        minify: true,
        legalComments: 'none',
        alias: {
          feathergrad: built('index.js'),
          ...Object.fromEntries(
            ['faces', 'formats', 'models'].map((part) => [`feathergrad/${part}`, built(`${part}/index.js`)]),
          ),
        },
      });
      const source = outputFiles[0]?.text ?? '';
      const file = this.emitFile({ type: 'asset', name: 'saved-page.js', source });
      return `export default import.meta.ROLLUP_FILE_URL_${file};`;
    },
  };
}
