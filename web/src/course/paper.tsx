import type { ComponentChildren } from 'preact';
import { usePartHead } from '../app/head.ts';
import { LESSONS, numberOfLesson } from '../lessons/lessons.ts';
import type { Texts } from '../text/en.ts';
import { fill, useTexts } from '../text/language.ts';
import { Notice } from '../ui/pieces.tsx';
import { type Papers, usePapers } from './use-papers.ts';

/** The frame of a page that is meant to be printed. */
export function Paper(props: {
  slug: string;
  kind: 'handout' | 'notes';
  children: (papers: Papers) => ComponentChildren;
}) {
  const { slug, kind, children } = props;
  const papers = usePapers(slug);
  const title = papers && 'lesson' in papers ? papers.lesson.title : '';
  const chosen = useTexts()?.texts.paper;
  usePartHead(`${chosen?.[kind] ?? ''}: ${title}`, '');
  if (!papers) return <p class="soft">Loading …</p>;
  if ('problem' in papers) {
    return (
      <Notice title={chosen?.problem ?? 'This page could not be opened'} kind="bad" testId="problem">
        <p>{papers.problem}</p>
        <p>
          <a href="#/course">{chosen?.course ?? 'The course'}</a>
        </p>
      </Notice>
    );
  }
  const { minutes, before } = LESSONS[numberOfLesson(slug) - 1] ?? { minutes: 0, before: [] };
  const { texts, language } = papers;
  const { paper, lessons } = texts;
  const of = (one: string) => lessons[one as keyof Texts['lessons']];
  const titles = before.map((one) => of(one).title).join('; ');
  return (
    <article class="paper" lang={language} data-testid="paper">
      <nav class="paper-tools" aria-label={texts.controls.nav.course}>
        <a href="#/course">{paper.course}</a>
        <a href={`#/lessons/${slug}`}>{paper.lesson}</a>
        <button type="button" class="button primary" onClick={() => print()}>
          {paper.print}
        </button>
      </nav>
      <header>
        <p class="soft small">
          {fill(paper.position, { kind: paper[kind], number: numberOfLesson(slug), minutes }, language)}
        </p>
        <h1>{title}</h1>
        <p>{titles ? fill(paper.before, { titles }, language) : paper.nothingBefore}</p>
      </header>
      <section>
        <h2>{paper.aims}</h2>
        <ul class="bullets">
          {Object.values(of(slug).aims).map((aim) => (
            <li key={aim}>{fill(paper.aim, { aim }, language)}</li>
          ))}
        </ul>
      </section>
      {children(papers)}
    </article>
  );
}
