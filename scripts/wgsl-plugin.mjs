// WGSL files as text. The tests get a kernel as it lies in its file; the build strips what the GPU does not read:
// comments and spaces.
import { readFile } from 'node:fs/promises';

/** @param {string} source */
export function stripWgsl(source) {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').trim())
    .filter((line) => line !== '')
    .join('\n')
    .replace(/[ \n]*([=+\-*/%<>(){}[\],;:|&!])[ \n]*/g, '$1')
    .replace(/\bvec([234])<([fui])32>/g, 'vec$1$2')
    .replace(/\b(\d+\.)0\b/g, '$1');
}

/** @returns {import('esbuild').Plugin} */
export function wgslForBuild() {
  return {
    name: 'wgsl',
    setup(build) {
      build.onLoad({ filter: /\.wgsl$/ }, async ({ path }) => ({
        contents: stripWgsl(await readFile(path, 'utf8')),
        loader: 'text',
      }));
    },
  };
}

/** @returns {import('vite').Plugin} */
export function wgslForVite() {
  return {
    name: 'wgsl',
    enforce: 'pre',
    transform(code, id) {
      const [file = '', query = ''] = id.split('?');
      if (!file.endsWith('.wgsl') || query === 'raw') return null; // `?raw` is vite's own, and gives the same text
      return { code: `export default ${JSON.stringify(code)};`, map: null };
    },
  };
}
