// `npm run docs`: docs/api/*.md from the docstrings, docs/kernels.md from the kernels' heads, docs/ops.md from the ops'
// table, docs/commands.md from the commands' help. `npm run docs -- --check` writes nothing and fails if a page is out
// of date.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { apiPages } from './docs/api-pages.mjs';
import { commandsPage } from './docs/commands-page.mjs';
import { kernelsPage } from './docs/kernels-page.mjs';
import { opsPage } from './docs/ops-page.mjs';
import { readPublicSurface } from './docs/public-surface.mjs';
import { root } from './run.mjs';

/**
 * @param {Map<string, import('./docs/public-surface.mjs').Entry[]>} [surface] the public surface, if already read
 * @returns {Promise<Map<string, string>>} pages by path from the project's root
 */
export async function generatedPages(surface = readPublicSurface()) {
  return new Map([
    ...apiPages(surface),
    ['docs/kernels.md', await kernelsPage()],
    ['docs/ops.md', await opsPage()],
    ['docs/commands.md', await commandsPage()],
  ]);
}

/**
 * Returns the pages that are out of date.
 * @param {Map<string, string>} pages
 */
export async function stalePages(pages) {
  const stale = [];
  for (const [path, text] of pages) {
    const present = await readFile(join(root, path), 'utf8').catch(() => '');
    if (present.replaceAll('\r\n', '\n') !== text) stale.push(path);
  }
  return stale;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const pages = await generatedPages();
  const stale = await stalePages(pages);
  if (process.argv.includes('--check')) {
    for (const path of stale) console.error(`${path} is out of date. Run npm run docs.`);
    process.exit(stale.length > 0 ? 1 : 0);
  }
  for (const path of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), pages.get(path) ?? '');
    console.log(`wrote ${path}`);
  }
  if (stale.length === 0) console.log(`all ${pages.size} pages are up to date`);
}
