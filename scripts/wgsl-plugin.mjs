// Imports WGSL files as text. Tests get the contents of the file; the build removes comments and spaces and shortens
// names.
import { readFile } from 'node:fs/promises';

/** @param {string} source */
export function stripWgsl(source) {
  const text = source
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').trim())
    .filter((line) => line !== '')
    .join('\n')
    .replace(/[ \n]*([=+\-*/%<>(){}[\],;:|&!])[ \n]*/g, '$1')
    .replace(/\bvec([234])<([fui])32>/g, 'vec$1$2')
    .replace(/\b(\d+\.)0\b/g, '$1')
    .replace(/,([)}\]])/g, '$1');
  return shortenNames(withVec(text));
}

/**
 * Renames vec4f to Vec, the name of most kernels, because the same text in many kernels compresses better. Directives stay
 * first, and the host reads the types of Params.
 * @param {string} text
 */
function withVec(text) {
  if (/\bVec\b/.test(text) || text.replace(/struct Params\{[^}]*\}/, '').split(/\bvec4f\b/).length < 3)
    return text;
  return text
    .replace(/struct Params\{[^}]*\}|\bvec4f\b/g, (match) => (match === 'vec4f' ? 'Vec' : match))
    .replace(/^(enable \w+;)?/, '$1alias Vec=vec4f;');
}

/** Short keywords and reserved words of WGSL. */
const RESERVED =
  'as asm auto case diff do else enum fn for from get goto if impl let loop meta mod move mut new nil of pass priv pub ref self set std try type use var wgsl with'.split(
    ' ',
  );

/**
 * Shortens the names of functions and their variables to one or two letters, those of functions to capital ones. Bindings, constants, members and
 * attributes (`@group`) keep the names by which the host refers to them.
 * @param {string} text
 */
function shortenNames(text) {
  const words = new Set([...(text.match(/[A-Za-z_]\w*/g) ?? []), ...RESERVED]);
  const kept = ['main'];
  for (const [, name = ''] of text.matchAll(/(?:\.|\bvar<[^>]*>)([A-Za-z_]\w*)/g)) kept.push(name);
  for (const [, members = ''] of text.matchAll(/\bstruct \w+\{([^}]*)\}/g))
    kept.push(...(members.match(/\w+(?=:)/g) ?? []));
  const own = new Set([...text.matchAll(/\b(?:let|var|fn) ([A-Za-z_]\w*)/g)].map(([, name = '']) => name));
  for (const name of kept) own.delete(name);
  const functions = new Set([...text.matchAll(/\bfn ([A-Za-z_]\w*)/g)].map(([, name = '']) => name));
  let short = text;
  for (const name of own) {
    // the first unused letters, so that a word gets the same short name in most kernels, which compresses better
    let length = 1;
    const capital = name.charAt(0).toUpperCase() + name.slice(1);
    const whole =
      functions.has(name) || (words.has(name.charAt(0)) && !words.has(capital.charAt(0))) ? capital : name;
    while (length < name.length && words.has(whole.slice(0, length))) length++;
    const letters = whole.slice(0, length);
    words.add(letters);
    if (length < name.length) short = short.replace(new RegExp(`(?<![.@\\w])${name}\\b`, 'g'), letters);
  }
  return short;
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
