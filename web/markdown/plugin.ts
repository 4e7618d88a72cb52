// Imports of Markdown: `page.md?page` is the whole page, `?head` its title and headings, `?sections` its plain text,
// `?codes` its code blocks, and `?part=id` the part below a heading.
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
      const [, file = '', form = ''] = /^(.*\.md)\?(page|head|sections|codes|part=[\w-]+)$/.exec(id) ?? [];
      if (!form) return null;
      this.addWatchFile(file);
      const path = relative(root, file).replaceAll('\\', '/');
      const page = renderPage((await readFile(file, 'utf8')).replaceAll('\r\n', '\n'), path);
      if (form === 'sections') return `export default ${JSON.stringify(page.sections)};`;
      if (form === 'codes') {
        return `export default ${JSON.stringify(page.html.match(/<div class="code">.*?<\/div>/gs) ?? [])};`;
      }
      if (form.startsWith('part=')) {
        return `export default ${JSON.stringify(partOf(page.html, form.slice('part='.length), path))};`;
      }
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

/** Returns the HTML of a second-level heading and what follows it. @throws Error if there is no such heading */
function partOf(html: string, id: string, path: string): string {
  const part = html.split(/(?=<h2 )/).find((piece) => piece.startsWith(`<h2 id="${id}"`));
  if (!part) throw new Error(`${path}: there is no heading with the id ${id}. Name a second-level heading.`);
  return part.replace(/<a class="anchor".*?<\/a>/s, '');
}
