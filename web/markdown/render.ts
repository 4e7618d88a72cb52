// Renders Markdown of the repository as HTML for the app: links between pages stay in the app, images become assets.
import { posix } from 'node:path';
import { Marked, type Tokens } from 'marked';
import { Slugger } from '../../scripts/docs/markdown.mjs';
import { highlight } from './highlight.ts';
import { isPage, pageName } from './page-names.ts';

export interface Heading {
  depth: number;
  /** the anchor, the same as on GitHub */
  id: string;
  text: string;
}

/** The text under one heading, for the search. */
export interface Section {
  id: string;
  heading: string;
  text: string;
}

export interface RenderedPage {
  title: string;
  html: string;
  headings: Heading[];
  sections: Section[];
  /** images from the page's folder, in the order of the placeholders `%picture0%` in the HTML */
  pictures: string[];
}

/** Renders a page. @param path of the file from the project's root, with slashes: `docs/guides/memory.md` */
export function renderPage(markdown: string, path: string): RenderedPage {
  const slugger = new Slugger();
  const headings: Heading[] = [];
  const pictures: string[] = [];
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading) {
        const html = this.parser.parseInline(tokens);
        const text = plainText(html);
        const id = slugger.slug(text);
        headings.push({ depth, id, text });
        const link =
          depth === 1
            ? ''
            : `<a class="anchor" href="${here(path, id)}" aria-hidden="true" tabindex="-1">#</a>`;
        return `<h${depth} id="${id}">${html}${link}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const html = this.parser.parseInline(tokens);
        const target = resolveLink(href, path);
        if (target === null)
          return `<span class="file" title="${attribute(inRepository(href, path))}">${html}</span>`;
        const isOutside = /^https?:/.test(target);
        return `<a href="${attribute(target)}"${isOutside ? ' rel="noreferrer" target="_blank"' : ''}>${html}</a>`;
      },
      image({ href, text }: Tokens.Image) {
        pictures.push(href);
        return `<img src="%picture${pictures.length - 1}%" alt="${attribute(text)}" loading="lazy">`;
      },
      code({ text, lang = '' }: Tokens.Code) {
        const language = lang.split(/\s/)[0] ?? '';
        const html = highlight(text, language) ?? escapeHtml(text);
        return `<div class="code"><pre tabindex="0"><code>${html}</code></pre></div>\n`;
      },
      html: ({ text }: Tokens.HTML | Tokens.Tag) => (/^<!--/.test(text) ? '' : text),
    },
  });
  const html = (marked.parse(markdown, { async: false }) as string)
    .replaceAll('<table>', '<div class="table"><table>')
    .replaceAll('</table>', '</table></div>')
    .replaceAll(/<th([^>]*)><\/th>/g, '<td$1></td>'); // a header without text is announced as one
  return { title: headings[0]?.text ?? path, html, headings, sections: sectionsOf(html), pictures };
}

/** Returns the URL in the app; null for a file that is not a page of the app. */
function resolveLink(href: string, path: string): string | null {
  if (/^(https?:|mailto:|#\/)/.test(href)) return href;
  if (href.startsWith('#')) return here(path, href.slice(1));
  const [file = '', anchor = ''] = inRepository(href, path).split('#');
  return isPage(file) ? here(file, anchor) : null;
}

const inRepository = (href: string, path: string) => posix.join(posix.dirname(path), href);
const here = (path: string, anchor: string) =>
  `#/docs/${pageName(path)}${anchor ? `?at=${encodeURIComponent(anchor)}` : ''}`;

function sectionsOf(html: string): Section[] {
  const pieces = html.split(/<h[1-3] id="([^"]*)">([\s\S]*?)<\/h[1-3]>/);
  const sections: Section[] = [];
  for (let i = 1; i < pieces.length; i += 3) {
    const [id = '', heading = '', body = ''] = pieces.slice(i, i + 3);
    sections.push({ id, heading: plainText(heading), text: plainText(body) });
  }
  return sections;
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", amp: '&' };

/** Returns the visible text of HTML that this file generated. */
function plainText(html: string): string {
  return html
    .replace(/<a class="anchor"[\s\S]*?<\/a>/g, '')
    .replace(/<\/?(?:p|li|tr|td|th|h\d|div|pre|br)\b[^>]*>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|#39|#x27|amp);/g, (all, name: string) => ENTITIES[name] ?? all)
    .replace(/\s+/g, ' ')
    .trim();
}

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const attribute = (text: string) => escapeHtml(text).replaceAll('"', '&quot;');
