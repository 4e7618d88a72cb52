// THIRD-PARTY-NOTICES: the licenses of the packages whose code is in a bundle.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/**
 * Returns the folder of the package that a bundled file belongs to; null for feathergrad's files.
 * @param {string} path of a file, as a bundler names it
 */
function packageOf(path) {
  const clean = path
    .replaceAll('\\', '/')
    .replace(/^\0/, '')
    .replace(/[?#].*$/, '');
  return /^.*\/?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(clean)?.[0] ?? null;
}

/**
 * Returns the text of a notices file: each package once, by name, with its license files, and the face detector's weights.
 * @param {Iterable<string>} files paths of all bundled files; those outside of node_modules are ignored
 * @param {string} root base of relative paths
 * @throws {Error} for a package that names no license
 */
export async function thirdPartyNotices(files, root) {
  const folders = new Set([...files].map(packageOf).filter((folder) => folder !== null));
  /** @type {Map<string, string>} */
  const notices = new Map();
  for (const folder of folders) {
    const at = join(folder.startsWith('/') || /^[a-z]:/i.test(folder) ? '' : root, folder);
    const { title, text } = await noticeOf(at);
    notices.set(title, text);
  }
  const names = [...notices.keys()].sort((a, b) => (a < b ? -1 : 1));
  const rule = '-'.repeat(80);
  const weights = fileURLToPath(new URL('../src/models/blazeface/weights/', import.meta.url));
  const [notice, license] = await Promise.all(
    ['NOTICE', 'LICENSE'].map((name) => readFile(join(weights, `blazeface-${name}.txt`), 'utf8')),
  );
  const detector = `${rule}\nWeights of the face detector\n${rule}\n\n${notice?.trim()}\n\n${license?.trim()}\n`;
  const parts = names.map((title) => `${rule}\n${title}\n${rule}\n\n${notices.get(title)}\n`);
  return `This software includes code of the following ${names.length} packages, under their own licenses.\n\n${parts.join('\n')}\n${detector}`;
}

/** @param {string} folder of a package */
async function noticeOf(folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { name, version, author, homepage } = manifest;
  const license = manifest.license?.type ?? manifest.license ?? manifest.licenses?.[0]?.type;
  if (!license)
    throw new Error(
      `${folder}: its package.json does not state a license. Find out the license before bundling it.`,
    );
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const by = typeof author === 'string' ? author : author?.name;
  const source = manifest.repository?.url ?? manifest.repository ?? homepage;
  const heads = [`License: ${license}`, by && `Author: ${by}`, source && `Source: ${source}`].filter(Boolean);
  return {
    title: `${name} ${version}`,
    text: [heads.join('\n'), ...texts.map((text) => text.trim().replaceAll('\r\n', '\n'))].join('\n\n'),
  };
}

/**
 * A Vite plugin that writes THIRD-PARTY-NOTICES.txt for the app, including its workers.
 * @param {string} root
 * @param {readonly string[]} [more] files that are copied rather than bundled
 */
export function noticesForVite(root, more = []) {
  /** @type {Set<string>} */
  const files = new Set(more);
  const collect = {
    name: 'third-party-modules',
    /** @param {import('vite').Rollup.OutputOptions} _ @param {import('vite').Rollup.OutputBundle} bundle */
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') for (const id of Object.keys(chunk.modules)) files.add(id);
      }
    },
  };
  const write = {
    name: 'third-party-notices',
    /** @param {{ dir?: string }} options */
    async writeBundle({ dir = root }) {
      const { writeFile } = await import('node:fs/promises');
      await writeFile(join(dir, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(files, dirname(root)));
    },
  };
  return { collect, write };
}
