// The search index over documentation and lessons, built on the first search.
import MiniSearch from 'minisearch';
import { pageName } from '../../markdown/page-names.ts';
import type { Section } from '../../markdown/render.ts';
import { DOCS } from '../docs/pages.ts';
import { hasLesson, LESSONS, loadLesson } from '../lessons/lessons.ts';
import { normalize, tokenize } from './terms.ts';

interface Entry {
  /** its URL in the app */
  id: string;
  /** kind of page, such as `Guides` or `Lesson 3` */
  kind: string;
  /** title of the page */
  title: string;
  /** the heading above the text */
  heading: string;
  text: string;
}

export interface Hit extends Entry {
  /** matching words of the text, as written there */
  found: string[];
}

const MOST = 16;
/** Ranks explanations above lists. */
const WEIGHTS: Record<string, number> = {
  Lesson: 1.5,
  Guides: 1.4,
  Background: 1,
  Reference: 1.1,
  Project: 0.4,
};

/** Loads all text and returns the search function. */
export async function openSearch(): Promise<(query: string) => Hit[]> {
  const entries = (await Promise.all([docEntries(), lessonEntries()])).flat();
  const index = new MiniSearch<Entry>({
    fields: ['heading', 'title', 'text'],
    storeFields: ['kind', 'title', 'heading', 'text'],
    tokenize: tokenize,
    processTerm: normalize,
    searchOptions: {
      boost: { heading: 4, title: 2 },
      prefix: (term) => term.length > 1,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      boostDocument: (_, __, stored) => WEIGHTS[String(stored?.kind).replace(/ \d$/, '')] ?? 1,
    },
  });
  index.addAll(entries);
  return (query) => {
    const all = index.search(query, { combineWith: 'AND' });
    const hits = all.length > 0 ? all : index.search(query);
    return hits.slice(0, MOST).map((hit) => ({ ...(hit as unknown as Entry), found: hit.terms }));
  };
}

async function docEntries(): Promise<Entry[]> {
  const { sectionsByFile } = await import('./doc-sections.ts');
  return Object.entries(sectionsByFile).flatMap(([file, sections]: [string, Section[]]) => {
    const name = pageName(file.replace(/^(\.\.\/)+/, ''));
    const page = DOCS.find((one) => one.name === name);
    return sections.map(({ id, heading, text }, i) => ({
      id: `#/docs/${name}${i === 0 ? '' : `?at=${encodeURIComponent(id)}`}`,
      kind: page?.group ?? '',
      title: page?.title ?? name,
      heading,
      text,
    }));
  });
}

async function lessonEntries(): Promise<Entry[]> {
  const there = LESSONS.filter(({ slug }) => hasLesson(slug));
  // a lesson that fails to load is omitted
  const loaded = await Promise.allSettled(there.map(({ slug }) => loadLesson(slug)));
  return loaded.flatMap((result) => {
    if (result.status === 'rejected') return [];
    const { slug, number, title, teaser, summary, description, kernel, breakIt, questions } = result.value;
    const asked = questions.flatMap(({ question, answer }) => [question, answer]);
    const text = [teaser, ...summary, description, kernel.note, breakIt.text, ...asked].join(' ');
    return [{ id: `#/lessons/${slug}`, kind: `Lesson ${number}`, title, heading: title, text }];
  });
}
