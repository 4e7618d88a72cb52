// The frame of all reports: a page that needs no network and no script, its headline and its facts.

import { REPORT_STYLE } from './style.ts';

/** A value as HTML, its name, and a tooltip (empty for none). */
export type Fact = [value: string, name: string, hint: string];

/** Formats the page around its sections; empty sections are omitted. */
export function reportPage(title: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
${sections.filter(Boolean).join('\n')}
</main>
<footer>Written by feathergrad. This page is self-contained; keep it with the weights.</footer>
</body>
</html>
`;
}

export function section(title: string, body: string): string {
  return `<section>\n<h2>${title}</h2>\n${body}\n</section>`;
}

/**
 * Formats the headline: one large figure, its description, and further facts. `figure` and the facts' values are HTML.
 */
export function reportHead(head: {
  title: string;
  figure: string;
  of: string;
  facts: readonly Fact[];
  note: string;
}): string {
  const facts = head.facts.map(
    ([value, name, hint]) => `<div${hint && ` title="${hint}"`}><dt>${name}</dt><dd>${value}</dd></div>`,
  );
  return `<header>
<p class="title">${escapeHtml(head.title)}</p>
<h1><strong>${head.figure}</strong> <span>${head.of}</span></h1>
<dl class="facts">
${facts.join('\n')}
</dl>
<p class="adapter">${escapeHtml(head.note)}</p>
</header>`;
}

/** Formats a quantity as HTML with small units: "86.3 %", "3 min 5 s". */
export function withSmallUnits(text: string): string {
  return escapeHtml(text).replace(/ (%|[A-Za-z]+)/g, ' <small>$1</small>');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
