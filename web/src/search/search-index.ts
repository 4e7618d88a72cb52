// The search index over pages, settings, documentation and lessons, built on the first search.
import { RECIPE_SETTINGS } from 'feathergrad';
import MiniSearch from 'minisearch';
import { pageName } from '../../markdown/page-names.ts';
import type { Section } from '../../markdown/render.ts';
import { PAGES } from '../app/pages.tsx';
import { linkTo } from '../app/router.ts';
import { DOCS } from '../docs/pages.ts';
import { hasLesson, LESSONS, loadLesson, numberOfLesson } from '../lessons/lessons.ts';
import { normalize, tokenize, tokenizeQuery } from './terms.ts';

interface Entry {
  id: string;
  /** its URL in the app */
  href: string;
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
/** Entries that are indexed per task of the main thread, so that typing is not delayed. */
const CHUNK = 20;
/** The page with the form of all settings. */
const SETTINGS_PAGE = 'train';
/** Ranks explanations above lists. */
const WEIGHTS: Record<string, number> = {
  Page: 2,
  Lesson: 1.5,
  Setting: 1.2,
  Guides: 1.4,
  Background: 1,
  Reference: 1.1,
  Project: 0.4,
};

/** Loads all text and returns the search function. */
export async function openSearch(): Promise<(query: string) => Hit[]> {
  const entries = [
    pageEntries(),
    settingEntries(),
    ...(await Promise.all([docEntries(), lessonEntries()])),
  ].flat();
  const index = new MiniSearch<Entry>({
    fields: ['heading', 'title', 'text'],
    storeFields: ['href', 'kind', 'title', 'heading', 'text'],
    tokenize: tokenize,
    processTerm: normalize,
    searchOptions: {
      tokenize: tokenizeQuery,
      boost: { heading: 4, title: 2 },
      prefix: (term) => term.length > 1,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      boostDocument: (_, __, stored) => WEIGHTS[String(stored?.kind).replace(/ \d+$/, '')] ?? 1,
    },
  });
  await index.addAllAsync(entries, { chunkSize: CHUNK });
  return (query) => {
    const all = index.search(query, { combineWith: 'AND' });
    const hits = all.length > 0 ? all : index.search(query);
    return hits.slice(0, MOST).map((hit) => ({ ...(hit as unknown as Entry), found: hit.terms }));
  };
}

function pageEntries(): Entry[] {
  return PAGES.map(({ name, title, description, keywords }) => ({
    id: `#/${name}`,
    href: `#/${name}`,
    kind: 'Page',
    title,
    heading: title,
    text: `${description} ${keywords}`,
  }));
}

function settingEntries(): Entry[] {
  const page = PAGES.find(({ name }) => name === SETTINGS_PAGE);
  if (!page) return [];
  return Object.entries(RECIPE_SETTINGS).map(([name, setting]) => ({
    id: `setting:${name}`,
    href: linkTo(page.name), // with the settings that are already there
    kind: 'Setting',
    title: page.title,
    heading: setting.label,
    text: [name, setting.help, setting.hint ?? ''].join('. '),
  }));
}

async function docEntries(): Promise<Entry[]> {
  const { sectionsByFile } = await import('./doc-sections.ts');
  return Object.entries(sectionsByFile).flatMap(([file, sections]: [string, Section[]]) => {
    const name = pageName(file.replace(/^(\.\.\/)+/, ''));
    const page = DOCS.find((one) => one.name === name);
    return sections.map(({ id, heading, text }, i) => {
      const href = `#/docs/${name}${i === 0 ? '' : `?at=${encodeURIComponent(id)}`}`;
      return { id: href, href, kind: page?.group ?? '', title: page?.title ?? name, heading, text };
    });
  });
}

async function lessonEntries(): Promise<Entry[]> {
  const there = LESSONS.filter(({ slug }) => hasLesson(slug));
  // a lesson that fails to load is omitted
  const loaded = await Promise.allSettled(there.map(({ slug }) => loadLesson(slug)));
  return loaded.flatMap((result) => {
    if (result.status === 'rejected') return [];
    const { slug, title, teaser, summary, description, kernel, breakIt, questions } = result.value;
    const asked = questions.flatMap(({ question, answer }) => [question, answer]);
    const text = [teaser, ...summary, description, kernel.note, breakIt.text, ...asked].join(' ');
    const href = `#/lessons/${slug}`;
    return [{ id: href, href, kind: `Lesson ${numberOfLesson(slug)}`, title, heading: title, text }];
  });
}
