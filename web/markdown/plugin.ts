// Imports of Markdown: `page.md?page` is the whole page, `?head` its title and headings, `?sections` its plain text.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { renderPage } from './render.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export function markdownPages(): Plugin {
  return {
    name: 'markdown-pages',
    enforce: 'pre',
    async load(id) {
      const [, file = '', form = ''] = /^(.*\.md)\?(page|head|sections)$/.exec(id) ?? [];
      if (!form) return null;
      this.addWatchFile(file);
      const path = relative(root, file).replaceAll('\\', '/');
      const page = renderPage((await readFile(file, 'utf8')).replaceAll('\r\n', '\n'), path);
      if (form === 'sections') return `export default ${JSON.stringify(page.sections)};`;
      if (form === 'head') {
        const { title, headings } = page;
        return `export default ${JSON.stringify({ title, headings: headings.filter(({ depth }) => depth === 2) })};`;
      }
      const imports: string[] = [];
      let html = JSON.stringify(page.html);
      for (const [i, href] of page.pictures.entries()) {
        if (existsSync(join(dirname(file), href))) {
          imports.push(`import picture${i} from ${JSON.stringify(`./${href}?url`)};`);
          html = html.replace(`%picture${i}%`, `" + picture${i} + "`);
        } else {
          this.warn(`${path}: the image ${href} does not exist`);
          html = html.replace(`%picture${i}%`, '');
        }
      }
      return `${imports.join('\n')}\nexport default ${html};`;
    },
  };
}
