/** The plain text of all documentation, by file. Loaded on the first search. */
import type { Section } from '../../markdown/render.ts';

export const sectionsByFile: Record<string, Section[]> = import.meta.glob(
  ['../../../docs/**/*.md', '../../../*.md', '../../../bench/README.md'],
  { query: '?sections', import: 'default', eager: true },
);
